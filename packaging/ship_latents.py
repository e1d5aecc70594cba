"""Ship new weights of the latents, with all that follows from them: python packaging/ship_latents.py FOLDER

FOLDER is what `reference_codec.training.image_latents` exported. The program copies the weights and the training log, and writes the
digests, vectors, golden file, examples, tables and figures of the documents, and the specification anew. It takes a minute or two. What it
cannot write is left to people: the card (`reference_codec/weights/latents-1.md`), the measured figures in docs/encode.md and Annex D,
and CHANGELOG.md.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from misc_format.structure.container import FORMAT_VERSION

ROOT = Path(__file__).parents[1]
NAME = "latents-1"
TABLES = (ROOT / "misc_format/tables", ROOT / "spec/tables")
WEIGHTS = ROOT / "reference_codec/weights"
DIGESTS = (ROOT / "misc_format/tables/__init__.py", ROOT / "conformance/plain/tables.py")
ENDINGS = ROOT / "conformance/authoring/endings.py"
GOLDEN = ROOT / "tests/golden" / FORMAT_VERSION
EXAMPLES = ROOT / "examples"
PROFILES = ("cmc-image", "misc-1", "misc-3", "sedic")
ARCHITECTURE = ROOT / "docs/architecture.md"
PER_LINE = 110  # hexadecimal digits
RULE = "MISC-CON-018"  # that docs/architecture.md shows broken
MISC = (sys.executable, "-c", "from misc_format.cli.app import app; app()")


def run(*command: str, folder: Path = ROOT) -> str:
    """Run a program and return what it prints. Raises `CalledProcessError` if it fails."""
    print(*command[:6], file=sys.stderr)
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def module(name: str) -> str:
    """Run a module of Python."""
    return run(sys.executable, "-m", name)


def replace(path: Path, pattern: str, text: str, *, flags: int = 0) -> None:
    """Replace what matches a pattern in a file by a template of `re`. Raises `LookupError` if nothing does."""
    before = path.read_text(encoding="utf-8")
    after, count = re.subn(pattern, text, before, flags=flags)
    if not count:
        raise LookupError(f"{path} has nothing like {pattern}")
    path.write_text(after, encoding="utf-8")


def copy_weights(folder: Path) -> None:
    """The files of an export, and their digest."""
    for part in ("-analysis.onnx", "-hyper.onnx", "-synthesis.onnx", ".safetensors"):
        shutil.copyfile(folder / f"{NAME}{part}", WEIGHTS / f"{NAME}{part}")
    shutil.copyfile(folder / f"{NAME}.md", WEIGHTS / f"{NAME}.md")
    shutil.copyfile(folder / "log.csv", WEIGHTS / f"{NAME}-training.csv")
    data = (folder / f"{NAME}.bin").read_bytes()
    for table in TABLES:
        (table / f"{NAME}.bin").write_bytes(data)
    for path in DIGESTS:
        replace(path, rf'("{NAME}\.bin": )"[0-9a-f]+"', rf'\1"{hashlib.sha256(data).hexdigest()}"')


def find_endings() -> None:
    """The lines of `endings` for latents."""
    found = dict(re.findall(r'"(latents-[a-z-]+)": "([0-9a-f]+)"', module("misc_conformance.authoring.find_endings")))
    wanted = set(re.findall(r'"(latents-[a-z-]+)":', ENDINGS.read_text(encoding="utf-8")))
    if wanted != found.keys():
        raise LookupError(f"the search found {sorted(found)}; {ENDINGS} has {sorted(wanted)}")
    for name, digits in found.items():
        parts = [digits[start : start + PER_LINE] for start in range(0, len(digits), PER_LINE)]
        lines = "".join(f'\n        "{part}"' for part in parts)
        value = f'"{digits}"' if len(parts) == 1 else f"({lines}\n    )"
        replace(ENDINGS, rf'"{name}": (?:"[0-9a-f]*"|\([^)]*\)),', f'"{name}": {value},')


def keep_golden_file() -> None:
    """Another golden file of latents: until 1.0, new weights take the place of the old ones, whose files nothing reads."""
    table = GOLDEN / "golden.json"
    [line] = re.findall(r'^ {2}"image latents":.*$', table.read_text(encoding="utf-8"), re.MULTILINE)
    (GOLDEN / re.findall(r'"file": "([^"]+)"', line)[0]).unlink()
    table.write_text(table.read_text(encoding="utf-8").replace(line + "\n", ""), encoding="utf-8")
    run(sys.executable, "tests/golden/freeze.py")


def encode_examples() -> bytes:
    """The demo, its comparison and the files of the profiles. Returns the demo."""
    photo, demo = EXAMPLES / "coffee.png", EXAMPLES / "coffee.misc"
    run(*MISC, "encode", str(photo), "-o", str(demo), "--image-method", "latents")
    for name in PROFILES:
        output = str(EXAMPLES / "profiles" / f"{name}.misc")
        run(*MISC, "encode", str(photo), "-o", output, "--profile", name, "--image-method", "latents")
    with tempfile.TemporaryDirectory() as folder:
        run(*MISC, "decode", str(demo), "-o", f"{folder}/coffee.png", "--compare", str(photo))
        [comparison] = [path for path in Path(folder).iterdir() if path.name != "coffee.png"]
        Image.open(comparison).convert("RGB").save(EXAMPLES / "comparison.jpg", quality=85)
    return demo.read_bytes()


def write_figures(demo: bytes) -> None:
    """The demo's size and table, and the tables and the plot of docs/cite.md."""
    readme, drawing = ROOT / "README.md", ROOT / "spec/drawings/architecture.py"
    replace(readme, r"a file of \d+ bytes", f"a file of {len(demo)} bytes")
    replace(drawing, r'"\d+ bytes"', f'"{len(demo)} bytes"')
    lines = run(*MISC, "bpp", str(EXAMPLES / "coffee.misc")).splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("┃ component"))
    last = next(index for index, line in enumerate(lines) if line.startswith("│ file"))
    table = "\n".join(line for line in lines[first : last + 1] if line[0] in "┃│")
    replace(readme, r"┃ component.*?│ file[^\n]*", table, flags=re.DOTALL)
    page = ROOT / "docs/cite.md"
    for command in re.findall(r"^misc bpp .*$", page.read_text(encoding="utf-8"), re.MULTILINE):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(EXAMPLES / "profiles", folder / "profiles")
            run(*MISC, *shlex.split(command)[1:], folder=folder)
            [latex] = folder.glob("*.tex")
            written = latex.read_text(encoding="utf-8")
            caption = re.findall(r"\\caption\{.*\}", written)[0]
            replace(
                page,
                rf"\\begin{{table}}(?:(?!\\end).)*?{re.escape(caption)}.*?\\end{{table}}\n",
                written.replace("\\", r"\\"),
                flags=re.DOTALL,
            )
            for plot in folder.glob("*.svg"):
                shutil.copyfile(plot, ROOT / "docs" / plot.name)


def follow_a_byte(demo: bytes) -> None:
    """The byte of docs/architecture.md: one of the middle of the image whose lowest bit breaks RULE alone."""
    from misc_format import validate
    from misc_format.structure.container import read_structure

    [image] = [part for part in read_structure(demo).components if part.kind == "image"]
    start, end = image.start >> 3, image.end >> 3
    for place in range((start + end) // 2, end):
        flipped = bytearray(demo)
        flipped[place] ^= 1
        if [issue.id for issue in validate(bytes(flipped)).issues] == [RULE]:
            break
    else:
        raise LookupError(f"no byte of the image breaks {RULE} alone")
    [before] = set(re.findall(r"flipped\[(\d+)\]", ARCHITECTURE.read_text(encoding="utf-8")))
    replace(ARCHITECTURE, rf"\b{before}\b", str(place))
    replace(ARCHITECTURE, r"one of the \d+ bytes", f"one of the {end - start} bytes")


def main() -> None:
    """Do it all, in the order in which one thing follows from another."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    copy_weights(Path(sys.argv[1]))
    find_endings()
    module("misc_conformance.authoring.generate")
    keep_golden_file()
    demo = encode_examples()
    write_figures(demo)
    follow_a_byte(demo)
    run(sys.executable, "spec/generate.py")


if __name__ == "__main__":
    main()
