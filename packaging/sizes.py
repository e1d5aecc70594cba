"""Print the sizes of a wheel: of its packages and of its largest files, as they are downloaded.

python packaging/sizes.py WHEEL
"""

from __future__ import annotations

import sys
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

LARGEST = 6  # files that are printed one by one


def main(wheel: Path) -> None:
    """Print a table."""
    with zipfile.ZipFile(wheel) as archive:
        files = {PurePosixPath(entry.filename): entry.compress_size for entry in archive.infolist()}
    packages: Counter[str] = Counter()
    for path, size in files.items():
        packages[path.parts[0]] += size
    print(f"{wheel.stat().st_size:>12,} bytes  {wheel.name}")
    for name, size in packages.most_common():
        print(f"{size:>12,}   {name}")
    for path, size in sorted(files.items(), key=lambda item: -item[1])[:LARGEST]:
        print(f"{size:>12,}     {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
