"""What documents and docstrings name, held against what there is: each function returns the names that lead nowhere.

Names are looked up in files and syntax trees. No module is imported but the command line, so that extras need not be installed.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from misc_format.cli.app import app
from misc_format.rules import DUTIES, RULES

ROOT = Path(__file__).parents[2]
FOLDERS = {"misc_format": "misc_format", "reference_codec": "reference_codec", "misc_conformance": "conformance"}
PACKAGES = tuple(FOLDERS)
CHECKED_SUFFIXES = (".py", ".md", ".toml", ".cff")
FILE_ENDINGS = (".png", ".npz", ".json", ".csv", ".md", ".toml", ".bin", ".txt", ".parquet")
# Folders of the reader's machine, not of the project.
LOCAL = ("build", "dist", ".venv")
# Options of programs that are not ours.
FOREIGN = {"--no-deps", "--help", "--version", "--check", "--install-completion", "--show-completion"}
PLACEHOLDER = re.compile(r"[A-Z][A-Z_.\-]*s?|\[.*|\.\.\.|\W*")

SPAN = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def documents() -> dict[str, str]:
    """Path to text of every document for people, but the specification, which tests of its own check."""
    names = ["*.md", "docs/*.md", "conformance/README.md", "examples/README.md", ".github/**/*"]
    paths = sorted(path for name in names for path in ROOT.glob(name) if path.is_file())
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def docstrings() -> dict[str, str]:
    """Path to all docstrings of every module, one behind the other."""
    folders = [*FOLDERS.values(), "docs", "spec", "tests/benchmarks"]
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {str(path.relative_to(ROOT)): "\n".join(_docstrings(path)) for path in paths}


def _docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def code(text: str) -> list[str]:
    """What a text sets as code: spans in backticks, and the lines of blocks; in a docstring, indented lines, too."""
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    return [*SPAN.findall(BLOCK.sub("", text)), *lines, *re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)]


def wrong_paths(text: str, folder: Path = ROOT) -> list[str]:
    """Paths of the project that do not exist. `folder`: where the text lies, for names that are relative to it."""
    spans = [*SPAN.findall(BLOCK.sub("", text)), *re.findall(r"\bpython3? ([\w/]+\.py)", text)]
    return [name for name in spans if _is_path(name, folder) and not _exists(name, folder)]


def _is_path(name: str, folder: Path) -> bool:
    if not re.fullmatch(r"[\w.*{}/-]*\w[\w.*{}/-]*", name) or name.startswith(("/", "*", "-")):
        return False
    first, _, rest = name.partition("/")
    if not rest and not name.endswith("/"):
        return name.endswith(CHECKED_SUFFIXES) and not name.startswith(".")
    return first not in LOCAL and any((place / first).is_dir() for place in (ROOT, folder))


def _exists(name: str, folder: Path) -> bool:
    if "/" not in name and name.endswith(".py"):
        return name in _python_files()
    return any(any(place.glob(name.rstrip("/"))) for place in (ROOT, folder))


@cache
def _python_files() -> frozenset[str]:
    folders = [ROOT / folder for folder in (*FOLDERS.values(), "docs", "spec", "examples", "tests")]
    return frozenset(path.name for folder in folders for path in folder.rglob("*.py")) | {"setup.py"}


def wrong_modules(text: str) -> list[str]:
    """Dotted names of our packages that are no module, and no name in one."""
    names = {name for part in code(text) for name in re.findall(rf"\b(?:{'|'.join(PACKAGES)})(?:\.\w+)+", part)}
    groups = PROJECT["project"]["entry-points"]
    return [name for name in sorted(names) if name not in groups and not _resolves(name) and not _is_file(name)]


def _is_file(name: str) -> bool:
    return name.endswith((".toml", ".json", ".md"))


def _resolves(name: str) -> bool:
    path, rest = ROOT, _parts(name)
    while rest and (path / rest[0]).is_dir():
        path = path / rest.pop(0)
    if rest and (path / f"{rest[0]}.py").is_file():
        path = path / f"{rest.pop(0)}.py"
    source = path if path.is_file() else path / "__init__.py"
    return source.is_file() and (not rest or rest[0] in _names(source))


def _parts(name: str) -> list[str]:
    """The folders and files of a dotted name, in the repository."""
    first, *rest = name.split(".")
    return [FOLDERS.get(first, first), *rest]


@cache
def _names(path: Path) -> frozenset[str]:
    """Every name in a module, at any depth: what it defines, imports, uses or takes as a parameter."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name) for alias in node.names}
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return frozenset(found)


def wrong_short_names(text: str, source: Path) -> list[str]:
    """Dotted names in backticks that begin at neither a module of ours nor a name of the module `source`, whose docstrings these are."""
    spans = [span.partition("(")[0] for span in SPAN.findall(BLOCK.sub("", text))]
    names = [span for span in spans if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", span)]
    return [name for name in names if not name.endswith(FILE_ENDINGS) and not _known(name.split("."), source)]


def _known(parts: list[str], source: Path) -> bool:
    if parts[0] in _names(source) or parts[0] in PACKAGES or parts[0] in _imported():
        return True
    for cut in range(len(parts), 0, -1):
        for path in _modules().get(".".join(parts[:cut]), ()):
            if cut == len(parts) or parts[cut] in _names(path):
                return True
    return False


@cache
def _imported() -> frozenset[str]:
    """Every library that a module of ours imports."""
    nodes = [node for [path, *_] in _modules().values() for node in ast.walk(_tree(path))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return frozenset(name.partition(".")[0] for name in names)


@cache
def _modules() -> dict[str, list[Path]]:
    """Every ending of the dotted name of every module, and the modules that have it."""
    found: dict[str, list[Path]] = {}
    for path in (path for folder in FOLDERS.values() for path in (ROOT / folder).rglob("*.py")):
        names = path.relative_to(ROOT).with_suffix("").parts
        names = names[:-1] if names[-1] == "__init__" else names
        for first in range(len(names)):
            found.setdefault(".".join(names[first:]), []).append(path)
    return found


def wrong_module_commands(text: str) -> list[str]:
    """`python -m` of ours that is no module, or that has not an option which it is given."""
    wrong = []
    for line in [part for piece in code(text) for part in re.split(r"&&|\||  #", piece)]:
        for name, rest in re.findall(rf"python3? -m ((?:{'|'.join(PACKAGES)})[\w.]*)([^#]*)", line):
            options = re.findall(r"(?<!\S)--?[a-z][\w-]*", rest)
            if not _resolves(name):
                wrong.append(f"python -m {name}")
            else:
                wrong += [f"python -m {name} {option}" for option in options if option not in _options_of(name)]
    return wrong


@cache
def _options_of(name: str) -> frozenset[str]:
    """Options of a module that is run: those that it and the modules that it imports declare, by name or as a parameter."""
    path = ROOT / Path(*_parts(name))
    source = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    options = _declared(source)
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith(PACKAGES)):
            folder = source.parents[node.level - 1] if node.level else ROOT
            module = folder / Path(*(node.module or "").split("."))
            for inner in (module, *(module / alias.name for alias in node.names)):
                imported = inner.with_suffix(".py")
                options |= _declared(imported) if imported.is_file() else frozenset()
    return options | {"-max_total_time"}  # libFuzzer's, which misc_conformance.fuzzing.target hands on


@cache
def _declared(path: Path) -> frozenset[str]:
    strings, parameters = set(), set()
    for node in ast.walk(_tree(path)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"--?[a-z][\w-]*", node.value)
        ):
            strings.add(node.value)
        elif isinstance(node, ast.arg):
            parameters.add("--" + node.arg.replace("_", "-"))
    return frozenset(strings | parameters)


def wrong_commands(text: str) -> list[str]:
    """Commands of `misc` that are none, and options that a command does not have."""
    wrong = []
    for line in [part.strip() for piece in code(text) for part in re.split(r"&&|\|\||; |  #|\s\d?[<>] ?", piece)]:
        if line.startswith("misc "):
            wrong += _wrong_words(line)
    return wrong


def _wrong_words(line: str) -> list[str]:
    try:
        words = shlex.split(line, comments=True)[1:]
    except ValueError:
        words = line.split()[1:]
    command: Any = typer.main.get_command(app)
    while getattr(command, "commands", None) and words and not words[0].startswith("-"):
        if PLACEHOLDER.fullmatch(words[0]):
            return []
        if words[0] not in command.commands:
            return [f"{line}: {words[0]}"]
        command, words = command.commands[words[0]], words[1:]
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [f"{line}: {option}" for option in given if option not in _options(command)]


def _commands(command: Any) -> Iterator[Any]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from _commands(inner)


def _options(command: Any) -> set[str]:
    return {"-h", *FOREIGN, *(name for option in command.params for name in (*option.opts, *option.secondary_opts))}


def wrong_options(text: str) -> list[str]:
    """Options in backticks, without their command, that no command or program of ours has."""
    options = [option for span in SPAN.findall(BLOCK.sub("", text)) for option in re.findall(r"^--[a-z][\w-]*", span)]
    return [option for option in options if option not in _all_options()]


@cache
def _all_options() -> frozenset[str]:
    found: set[str] = {
        *FOREIGN,
        *(option for command in _commands(typer.main.get_command(app)) for option in _options(command)),
    }
    for folder in (*FOLDERS.values(), "spec", "tests/benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= _declared(path)
    return frozenset(found)


def wrong_targets(text: str) -> list[str]:
    """Targets of make that the Makefile does not have."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {name for part in code(text) for name in re.findall(r"^make ([a-z][\w-]*)", part.strip())}
    return [f"make {name}" for name in sorted(targets) if not re.search(rf"^{name}:", makefile, re.MULTILINE)]


def wrong_rules(text: str) -> list[str]:
    """Ids that are neither a rule nor a duty."""
    return [name for name in re.findall(r"\bMISC-[A-Z]{3}-\d{3}\b", text) if name not in RULES and name not in DUTIES]


def wrong_extras(text: str) -> list[str]:
    """Extras that pyproject.toml does not have."""
    lists = [*re.findall(r"misc-bitstream\[([\w,]+)\]", text), *re.findall(r"\bextras? [`\"]([\w,]+)[`\"]", text)]
    known = PROJECT["project"]["optional-dependencies"]
    return [name for names in lists for name in names.split(",") if name not in known]


def wrong_clauses(text: str) -> list[str]:
    """Clauses that the specification does not have."""
    numbers = re.findall(r"\b[Cc]lauses? (\d+(?:\.\d+)*)", text)
    return [f"clause {number}" for number in numbers if number not in _clauses()]


@cache
def _clauses() -> frozenset[str]:
    text = (ROOT / "spec" / "misc-bitstream.md").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^#+ ([\d.]+) ", text, re.MULTILINE))


CHECKS: tuple[Callable[[str], list[str]], ...] = (
    wrong_modules, wrong_module_commands, wrong_commands, wrong_options, wrong_targets, wrong_rules, wrong_extras, wrong_clauses,
)  # fmt: skip


def wrong(name: str, text: str) -> list[str]:
    """Everything that the text of this file names and that is not there."""
    short = wrong_short_names(text, ROOT / name) if name.endswith(".py") else []
    return [*wrong_paths(text, (ROOT / name).parent), *short, *(found for check in CHECKS for found in check(text))]
