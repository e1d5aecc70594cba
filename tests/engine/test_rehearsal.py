"""A small rehearsal: shards of files that differ, counted on both engines, and on three nodes of which one is killed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from misc_format import Document
from tests.benchmarks import rehearsal
from tests.needs import extra, needs

FILES, PER_SHARD = 2_000, 200

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are watched on Linux only")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> rehearsal.Plan:
    folder = tmp_path_factory.mktemp("rehearsal")
    rehearsal.write_shards(folder / "shards", FILES, PER_SHARD)
    return rehearsal.Plan(folder, FILES, PER_SHARD)


def row(text: str, title: str) -> list[str]:
    """The cells of the row that a run has printed."""
    [line] = [line for line in text.splitlines() if line.startswith(f"{title}  ")]
    return line.removeprefix(title).split()


@needs(extra("batch"))
def test_every_file_is_a_row(plan: rehearsal.Plan, capsys: pytest.CaptureFixture[str]) -> None:
    rehearsal.local(plan)
    files, failed, *_, digest = row(capsys.readouterr().out, "local")
    assert files == f"{FILES:,}" and 0 < int(failed) < FILES // 10
    assert rehearsal.digest(plan.folder / f"local-{FILES}.parquet").startswith(digest)
    with pytest.raises(SystemExit, match=r"has 2,000 rows for 2,001 files"):
        rehearsal.check(plan._replace(files=FILES + 1), plan.folder / f"local-{FILES}.parquet")
    with pytest.raises(SystemExit, match="has a wrong row"):
        rehearsal.check(plan._replace(per_shard=100), plan.folder / f"local-{FILES}.parquet")


@pytest.mark.sweep  # Ray starts three times, and finds out slowly that a node is gone
@needs(extra("ray"))
def test_the_reports_of_all_engines_are_the_same(
    plan: rehearsal.Plan, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node of three is killed when half of the shards are begun; no file is lost."""
    monkeypatch.setattr(
        sys, "argv", ["rehearsal.py", str(plan.folder), "--files", f"{FILES}", "--per-shard", f"{PER_SHARD}"]
    )
    rehearsal.main()
    told = capsys.readouterr().out
    rows = [row(told, title) for title in ("local", "ray", "ray, three nodes", "ray, a node killed")]
    assert len({(cells[0], cells[1], cells[-1]) for cells in rows}) == 1, told


def test_the_files_differ_and_most_conform() -> None:
    made_from = rehearsal.starts()
    files = [rehearsal.file_of(made_from, number) for number in range(200)]
    sound = [Document(data) for data in files if (opened := Document(data)).readable and not opened.faults]
    assert len(set(files)) == 200 > len(sound) > 180
    assert len({component.method for document in sound for component in document.components}) > 15
