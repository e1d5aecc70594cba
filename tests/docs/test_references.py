"""Every path, module, command, option, rule, extra and clause that a document or a docstring names is there."""

from __future__ import annotations

import re

import pytest

from tests.docs import references

DOCUMENTS = references.documents()
DOCSTRINGS = references.docstrings()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_is_there(name: str) -> None:
    assert references.wrong(name, DOCUMENTS[name]) == []


def test_what_docstrings_name_is_there() -> None:
    wrong = {name: references.wrong(name, text) for name, text in DOCSTRINGS.items()}
    assert {name: names for name, names in wrong.items() if names} == {}


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("`conformance/plain.py`", "conformance/plain.py"),
        ("`docs/nothing.md` and `README.md`", "docs/nothing.md"),
        ("`nowhere.py`", "nowhere.py"),
        ("```sh\npython tests/benchmarks/nothing.py\n```\n", "tests/benchmarks/nothing.py"),
        ("`misc_format.nothing`", "misc_format.nothing"),
        ("`misc_format.rules.NOTHING`", "misc_format.rules.NOTHING"),
        ("```sh\npython -m misc_conformance.nothing\n```\n", "python -m misc_conformance.nothing"),
        ("`python -m misc_conformance.fuzzing.fuzz --nothing 3`", "python -m misc_conformance.fuzzing.fuzz --nothing"),
        ("`misc nothing x`", "misc nothing x: nothing"),
        ("```sh\nmisc batch nothing\n```\n", "misc batch nothing: nothing"),
        ("`misc encode photo.jpg --nothing`", "misc encode photo.jpg --nothing: --nothing"),
        ("`--nothing 3`", "--nothing"),
        ("`make nothing`", "make nothing"),
        ("MISC-CON-999", "MISC-CON-999"),
        ("pip install 'misc-bitstream[codec,nothing]'", "nothing"),
        ("clause 99.1", "clause 99.1"),
    ],
)
def test_what_is_not_there_is_reported(text: str, wrong: str) -> None:
    assert wrong in references.wrong("README.md", text)


def test_a_short_name_that_leads_nowhere_is_reported() -> None:
    text = "`references.nothing`, `accounting.account`, `np.ndarray`, `Samples.nothing`, `image.npz`"
    assert references.wrong("misc_format/coders/image/grid.py", text) == ["references.nothing"]


@pytest.mark.parametrize(
    "text",
    [
        "`conformance/plain/`, `spec/tables/`, `examples/*.misc`, `README.md`, `rules.py`, `build/site/`",
        "`misc_format.read`, `misc_format.testing.near_valid`, `misc_format.painters`",
        "```sh\npython -m misc_conformance.fuzzing.fuzz --count 3 --seed 7   # a comment --nothing\n```\n",
        "`misc encode PICTURE --profile NAME`, `misc batch bpp`, `misc COMMAND --help`, `misc validate x && y --z`",
        "`--target-bpp 0.02`, `make demo`, MISC-CON-001, the extra `codec`, clauses 6.7 to 6.9",
    ],
)
def test_what_is_there_is_not_reported(text: str) -> None:
    assert references.wrong("README.md", text) == []


def test_the_texts_that_are_checked_are_found() -> None:
    assert {"README.md", "SECURITY.md", "docs/pack.md", "conformance/README.md"} <= DOCUMENTS.keys()
    assert len(DOCUMENTS) > 25 and len(DOCSTRINGS) > 150
    assert "one for each clause" in DOCSTRINGS["docs/clauses.py"]


def test_names_that_pages_for_users_import_are_public() -> None:
    """The page of the API lists their modules. Two pages are for people who change the software."""
    public = set(
        re.findall(r"^::: (\S+)$", (references.ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for path in sorted((references.ROOT / "docs").glob("*.md")):
        blocks = "\n".join(
            re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        )
        used = re.findall(r"^(?:from|import) ((?:misc_format|reference_codec)\S*)", blocks, re.MULTILINE)
        assert path.name in {"add-a-method.md", "architecture.md"} or set(used) <= public, path.name
