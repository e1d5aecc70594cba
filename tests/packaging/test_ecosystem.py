"""What other programs read: the media type, file(1)'s entry, the pre-commit hook and the action, each against the format or run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
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


def misc_on_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `misc` is this package's command."""
    script = tmp_path / "bin" / "misc"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom misc_format.cli.app import app\napp()\n")
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def test_the_hook_is_a_command_that_refuses_bad_files(tmp_path: Path) -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entry = re.findall(r"^  entry: (.*)$", text, re.MULTILINE)
    assert entry == ["misc validate"] and "\n  language: python\n" in text
    [pattern] = re.findall(r"^  files: (.*)$", text, re.MULTILINE)
    assert re.search(pattern, "a/b.misc") and not re.search(pattern, "a/misc.py")
    (tmp_path / "bad.misc").write_bytes(EXAMPLE.read_bytes()[:9])
    environment = misc_on_path(tmp_path)
    for file, code in ((EXAMPLE, 0), (tmp_path / "bad.misc", 1)):
        assert (
            subprocess.run([*entry[0].split(), str(file)], env=environment, check=False, capture_output=True).returncode
            == code
        )


def test_the_steps_of_the_action_find_and_refuse(tmp_path: Path) -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    script = re.sub("^ {8}", "", text[text.index("        shopt") :], flags=re.MULTILINE)
    folder = tmp_path / "work"
    (folder / "deep" / "a folder").mkdir(parents=True)
    shutil.copy(EXAMPLE, folder / "deep" / "a folder" / "good.misc")
    environment = misc_on_path(tmp_path)

    def outcome(files: str) -> int:
        command = [tool("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(
            command, cwd=folder, env={**environment, "MISC_FILES": files}, check=False, capture_output=True
        ).returncode

    assert outcome("**/*.misc") == 0
    assert outcome("*.misc") == 3
    (folder / "bad.misc").write_bytes(b"")
    assert outcome("none/*.misc\n*.misc") == 1
