"""What an installation brings: names of its own, and what to cite."""

from __future__ import annotations

import ast
import re
from importlib.metadata import entry_points, packages_distributions
from importlib.util import find_spec
from pathlib import Path

from misc_format import __version__

ROOT = Path(__file__).parents[1]


def test_no_package_has_a_general_name() -> None:
    ours = {name for name, distributions in packages_distributions().items() if "misc-bitstream" in distributions}
    assert {name for name in ours if not name.startswith("__editable__")} <= {
        "misc_format",
        "reference_codec",
        "misc_conformance",
    }


def test_the_conformance_suite_is_installed_under_a_name_of_its_own() -> None:
    [command] = [entry for entry in entry_points(group="misc_format.commands") if entry.name == "conformance"]
    assert command.module == "misc_conformance.commands"
    spec = find_spec("misc_conformance.plain")
    assert spec is not None and spec.origin is not None
    assert Path(spec.origin).is_file()


def test_the_suite_does_not_import_itself_by_the_name_of_its_folder() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "conformance").rglob("*.py")}
    assert [
        path for path, text in texts.items() if re.search(r"^\s*(from|import) conformance", text, re.MULTILINE)
    ] == []


def test_what_to_cite_has_the_version_of_the_package_and_no_placeholder() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", text, re.MULTILINE) == [__version__]
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in re.findall(r"^doi: (.*)$", text, re.MULTILINE))


def test_benchmarks_import_only_what_is_installed() -> None:
    """They are started by their paths, from where `conformance` and `tests` are no packages.

    One that needs the tests makes them importable itself, before it imports them.
    """
    for path in (ROOT / "tests" / "benchmarks").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        before, made_importable, after = text.partition("sys.path.insert(0, str(Path(__file__).parents[2]))")
        names = r"^ *(?:from|import) (?:conformance|tests)\b.*"
        assert re.findall(names, before, re.MULTILINE) == [], path.name
        assert not made_importable or re.findall(names, after, re.MULTILINE), path.name


def test_every_benchmark_can_be_called_with_nothing() -> None:
    """`make benchmark` does. One that needs data says so."""
    for path in (ROOT / "tests" / "benchmarks").glob("*.py"):
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            match call:
                case ast.Call(func=ast.Attribute(attr="add_argument"), args=[ast.Constant(value=str(name)), *_]):
                    given = {word.arg: ast.unparse(word.value) for word in call.keywords}
                    assert name.startswith("-") or given.get("nargs") in {"'?'", "'*'"}, f"{path.name}: {name}"
                    assert given.get("required") != "True", f"{path.name}: {name}"
