"""What other programs read: the media type and file(1)'s entry, each against the format or run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

import misc_format
from misc_format import pillow
from misc_format.registry import PROFILES
from misc_format.structure.container import FORMAT_VERSION, SIGNATURE
from tests.needs import program, require

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "coffee.misc"
NAMESPACE = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}


def tool(name: str) -> str:
    require(program(name))
    return str(shutil.which(name))


def test_the_media_type_is_the_specifications() -> None:
    tree = ElementTree.parse(ROOT / "packaging" / "misc-bitstream.xml")
    found = tree.find("m:mime-type", NAMESPACE)
    assert found is not None and found.get("type") == pillow.MIME
    assert f"media type is `{pillow.MIME}`" in (ROOT / "spec" / "misc-bitstream.md").read_text(encoding="utf-8")
    match = found.find("m:magic/m:match", NAMESPACE)
    assert match is not None and int(match.get("value", ""), 16) >> 8 == SIGNATURE and match.get("mask") == "0xFFFFFF00"
    glob = found.find("m:glob", NAMESPACE)
    assert glob is not None and glob.get("pattern") == f"*{pillow.EXTENSION}"


def test_desktops_know_it_by_content(tmp_path: Path) -> None:
    (tmp_path / "mime" / "packages").mkdir(parents=True)
    shutil.copy(ROOT / "packaging" / "misc-bitstream.xml", tmp_path / "mime" / "packages")
    subprocess.run([tool("update-mime-database"), str(tmp_path / "mime")], check=True, capture_output=True)
    assert "image/x-misc:*.misc" in (tmp_path / "mime" / "globs").read_text()
    assert SIGNATURE.to_bytes(3, "big") in (tmp_path / "mime" / "magic").read_bytes()


@pytest.mark.parametrize("profile", [row.name for row in PROFILES])
def test_file_names_version_profile_and_components(profile: str, tmp_path: Path) -> None:
    stream = misc_format.Stream(
        4, 4, profile, text=misc_format.Text("x"), ancillary=(misc_format.Ancillary(6, b"y"),), methods={"text": "raw"}
    )
    (tmp_path / "a").write_bytes(misc_format.write(stream, check_profile=False))
    command = [tool("file"), "--brief", "-m", str(ROOT / "packaging" / "misc.magic")]
    said = subprocess.run([*command, str(tmp_path / "a")], check=True, capture_output=True, text=True).stdout
    assert said.strip() == f"MISC bitstream image, version {FORMAT_VERSION}, profile {profile}, text, ancillary"
    said = subprocess.run([*command, "--mime-type", str(EXAMPLE)], check=True, capture_output=True, text=True).stdout
    assert said.strip() == pillow.MIME
