"""Complete a bill of materials: the version and the digest of the wheel that it is about. pip, which only installs, is left out.

python packaging/complete_bom.py BILL WHEEL
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

INSTALLERS = ("pip", "setuptools", "wheel")  # of the environment, and needed by nobody who has the package


def main(bill: Path, wheel: Path) -> None:
    """Write the bill anew."""
    content = json.loads(bill.read_text(encoding="utf-8"))
    name, version = wheel.name.split("-")[:2]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    content["metadata"]["component"] |= {"version": version, "hashes": [{"alg": "SHA-256", "content": digest}]}
    own = name.replace("_", "-")
    left_out = {row["bom-ref"] for row in content["components"] if row["name"] in (*INSTALLERS, own)}
    content["components"] = [row for row in content["components"] if row["bom-ref"] not in left_out]
    root = content["metadata"]["component"]["bom-ref"]
    for row in content.get("dependencies", []):
        row["dependsOn"] = [reference for reference in row.get("dependsOn", []) if reference not in left_out]
    content["dependencies"] = [
        row for row in content.get("dependencies", []) if row["ref"] not in left_out or row["ref"] == root
    ]
    bill.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
