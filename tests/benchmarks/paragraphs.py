"""How long the paragraphs of the specification are, in words; tables, code and headings aside.

python tests/benchmarks/paragraphs.py [--longest 20]
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from statistics import median

SPEC = Path(__file__).parents[2] / "spec" / "misc-bitstream.md"
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
HEADING = re.compile(r"^#+ (\S+)", re.MULTILINE)


def paragraphs(text: str) -> list[tuple[str, str]]:
    """The clause and the text of each paragraph. Each item of a list is one."""
    found, clause = [], ""
    for block in re.split(r"\n\s*\n", COMMENT.sub("", FENCE.sub("\n", text))):
        if heading := HEADING.match(block):
            clause = heading[1]
        elif not block.lstrip().startswith("|") and block.strip():
            found += [(clause, part) for part in re.split(r"^(?:- |\d+\. )", block, flags=re.MULTILINE) if part.strip()]
    return found


def main() -> None:
    """Print the figures and the longest paragraphs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--longest", type=int, default=20)
    count = parser.parse_args().longest
    lengths = sorted(
        ((len(part.split()), clause, part) for clause, part in paragraphs(SPEC.read_text("utf-8"))), reverse=True
    )
    words = [length for length, _, _ in lengths]
    print(
        f"{len(words)} paragraphs: median {median(words):g} words, longest {words[0]}, {sum(n > 100 for n in words)} above 100 words"
    )
    for length, clause, part in lengths[:count]:
        print(f"{length:>5}  {clause:<8} {' '.join(part.split())[:90]}")


if __name__ == "__main__":
    main()
