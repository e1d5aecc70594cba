# Two commands do all the set-up they need: `make demo` and `make test`. Anything with Python 3.11 and pip will do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
PHOTO := examples/coffee.png

.PHONY: demo test browser schemas compressai models lint spec vectors site descriptions benchmark clean
.DEFAULT_GOAL := demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/codec.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[codec]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/codec.stamp

demo: $(VENV)/codec.stamp  ## encode the photo, count its bits, decode it, put both side by side
	@mkdir -p $(DEMO)
	$(BIN)/misc encode $(PHOTO) -o $(DEMO)/coffee.misc --image-method latents
	$(BIN)/misc bpp --deep $(DEMO)/coffee.misc
	$(BIN)/misc validate $(DEMO)/coffee.misc
	$(BIN)/misc decode $(DEMO)/coffee.misc -o $(DEMO)/coffee.png --compare $(PHOTO)

test: $(VENV)/dev.stamp  ## all tests
	$(BIN)/python -m pytest -n auto

browser:  ## playwright-core, for the tests of pages in the machine's Chromium
	npm install --silent --no-save --prefix build/node playwright-core

schemas:  ## the schema of SARIF, for the test of reports
	npm install --silent --no-save --prefix build/schemas @microsoft/jest-sarif@1.0.0-beta.0

compressai: $(VENV)/dev.stamp  ## CompressAI with a CPU build of PyTorch, for the tests that need it
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'torch==2.13.0+cpu'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,compressai]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps compressai==1.2.8

models: $(VENV)/dev.stamp  ## diffusers and transformers with a CPU build of PyTorch, for the tests that need them
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'torch==2.13.0+cpu'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,models]'

lint: $(VENV)/dev.stamp  ## style, types, the direction of imports, and whether the specification says what the code does
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python spec/generate.py --check

spec: $(VENV)/dev.stamp  ## write the generated parts of the specification anew
	$(BIN)/python spec/generate.py

vectors: $(VENV)/dev.stamp  ## write the conformance vectors anew
	$(BIN)/python -m conformance.authoring.generate

site: $(VENV)/bin/python  ## the specification and the documents as a site, in build/site/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[site]'
	$(BIN)/python -m mkdocs build --strict

descriptions:  ## compile the description for Kaitai Struct, for the tests; needs node and npm
	npm install --prefix build/kaitai --no-audit --no-fund kaitai-struct-compiler@0.11.0 js-yaml@4
	node spec/descriptions/compile.js build/kaitai

benchmark: $(VENV)/dev.stamp  ## print the project's figures
	for script in tests/benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) build
