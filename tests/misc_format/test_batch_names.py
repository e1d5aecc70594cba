"""Names of outputs: as many as inputs, on any file system, whatever the inputs are called."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from misc_format.batch.names import Members, Naming, Outputs, Sibling, folded
from misc_format.batch.run import Request, run
from misc_format.engine.jobs import Bpp, Task, file_by_file
from misc_format.engine.rows import Row
from misc_format.engine.sources import Entry
from misc_format.engine.stores import UnusableNameError

# Names that collide: endings, case, Unicode forms, dots at the end, numbers that a name gets, shards.
STEMS = ("a", "A", "a.jpg", "a.png", "a.misc", "ä", normalize("NFD", "ä"), "a~2", "a.png~2", "ß", "ss", "000000", "a.")
FILES = tuple(f"{stem}.{ending}" for stem in STEMS for ending in ("png", "jpg", "PNG"))
SHARDS = tuple(
    f"{stem}{ending}"
    for stem in (*STEMS[:6], "000000", "files-000001")
    for ending in (".tar", ".tar.gz", ".tgz", ".TAR")
)
FOLDERS = (*STEMS, "a.tar", "a.png.misc", "000000.tar", "b")
SIBLINGS = st.one_of(
    st.builds(Sibling, st.sampled_from(FILES), st.just("file")),
    st.builds(Sibling, st.sampled_from(SHARDS), st.just("shard")),
    st.builds(Sibling, st.sampled_from(FOLDERS), st.just("folder")),
)
NAMINGS = st.sampled_from([Naming(suffix, packed) for suffix in (".misc", ".png") for packed in (False, True)])


class Copy(Bpp):
    """A job that writes each file as it is."""

    endings = (".png", ".jpg")  # type: ignore[assignment]

    def prepare(self, limited: bool = False) -> Task:
        return file_by_file(lambda data, _: Row(output=data))


def copy() -> Copy:
    job = Copy()
    for name, value in {
        "suffix": ".misc",
        "endings": (".png", ".jpg"),
        "signature": b"",
        "columns": (("output", "string"),),
        "group": 1,
    }.items():
        object.__setattr__(job, name, value)
    return job


def batch(source: Path, output: Path, **options: Any) -> dict[str, bytes]:
    """The outputs by the names in the report."""
    run(Request(copy(), str(source), str(output), workers=0, **options), lambda tally, fraction: None)
    names = [row["output"] for row in pq.read_table(output / "report.parquet").to_pylist() if not row["error"]]
    assert len({*names}) == len(names)
    found = {}
    for name in names:
        shard, tar, member = name.partition(".tar/")
        if (output / (shard + ".tar")).is_file():
            with tarfile.open(output / (shard + tar[:-1])) as archive:
                assert len({*archive.getnames()}) == len(archive.getnames())
                found[name] = archive.extractfile(member).read()  # type: ignore[union-attr]
        else:
            found[name] = (output / name).read_bytes()
    return found


def shard(path: Path, names: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for number, name in enumerate(names):
            header = tarfile.TarInfo(name)
            data = f"{path.name} {number}".encode()
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))


@given(st.lists(SIBLINGS, unique_by=lambda sibling: sibling.name), NAMINGS)
def test_siblings_have_distinct_names_that_do_not_depend_on_their_order(
    siblings: list[Sibling], naming: Naming
) -> None:
    names = naming.distinct(siblings)
    assert len({folded(name) for name in names}) == len(siblings)
    back = naming.distinct(siblings[::-1])
    assert back[::-1] == names
    for sibling, name in zip(siblings, names, strict=True):
        assert sibling.kind != "file" or name.endswith(naming.suffix)
        assert sibling.kind != "shard" or not naming.packed or name.endswith(".tar")
    assert len(siblings) != 1 or names == [next(naming.choices(siblings[0]))]


@given(
    st.lists(st.builds("/".join, st.lists(st.sampled_from((*FOLDERS, "x.png")), min_size=1, max_size=3)), unique=True),
    NAMINGS,
)
def test_files_of_any_folders_have_distinct_paths_and_none_is_a_folder_of_another(
    paths: list[str], naming: Naming
) -> None:
    folders = {path.rpartition("/")[0] for path in paths}
    names = [path + ending for path in paths for ending in (".png", ".tar", "") if path + ending not in folders]
    outputs = Outputs(naming).name_all([Entry(0, "", name) for name in names])
    parts = [folded(output) for output in outputs]
    assert len({*parts}) == len(names)
    inside = {part.rpartition("/")[0] for part in parts}
    ancestors = {"/".join(folder.split("/")[:depth]) for folder in inside for depth in range(1, folder.count("/") + 2)}
    assert not ancestors.intersection(parts)
    assert not {"_batch", "report.parquet"}.intersection(parts)


@given(st.lists(st.builds("/".join, st.lists(st.sampled_from((*FILES, "d")), min_size=1, max_size=2))))
def test_members_of_a_shard_have_distinct_names_or_a_reason(members: list[str]) -> None:
    def names() -> list[str | None]:
        given = Members(".misc")
        named: list[str | None] = []
        for member in members:
            try:
                named.append(given.name(member))
            except UnusableNameError:
                named.append(None)
        given.close()
        return named

    first = names()
    assert names() == first
    made = [folded(name) for name in first if name is not None]
    assert len({*made}) == len(made)
    assert not {name.rpartition("/")[0] for name in made}.intersection(made)
    assert "/" in "".join(members) or None not in first


@pytest.mark.parametrize("member", ["//a.png", "///a/b.png", "/a.png", "", ".", "..", "/", "a//b.png"])
def test_any_text_is_named(member: str) -> None:
    """The batch refuses names that lead out of the folder before they come here; they must not make it search without end."""
    given = Members(".misc")
    assert given.name(member).endswith(".misc")
    given.close()


def test_equal_members_in_great_number_take_no_long_search() -> None:
    given = Members(".misc")
    names = [given.name(f"./{name}") for name in ["x.png"] * 3000]
    assert names[:4] == ["x.misc", "x.png.misc", "x.png~2.misc", "x.png~3.misc"] and len({*names}) == 3000


def test_endings_and_case_and_forms(tmp_path: Path) -> None:
    source = tmp_path / "in"
    for name in (
        "a.jpg",
        "a.jpg.png",
        "a.png",
        "A.PNG",
        "b/ä.png",
        "b/" + normalize("NFD", "ä.png"),
        "B/x.png",
        "b/x.png",
        "c.png",
    ):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(name.encode())
    made = batch(source, tmp_path / "out")
    assert sorted(made.values()) == sorted(
        str(path.relative_to(source)).encode() for path in source.rglob("*") if path.is_file()
    )
    assert len({folded(name) for name in made}) == len(made) == 9
    assert made["c.misc"] == b"c.png" and made["a.jpg.misc"] == b"a.jpg.png" and made["A.PNG.misc"] == b"A.PNG"
    packed = batch(source, tmp_path / "packed", shards=4)
    assert sorted(packed.values()) == sorted(made.values())


@pytest.mark.parametrize("shards", [None, 0, 3])
def test_shards_beside_folders_and_shards(tmp_path: Path, shards: int | None) -> None:
    source = tmp_path / "in"
    (source / "a").mkdir(parents=True)
    (source / "a" / "x.png").write_bytes(b"folder")
    for name in (
        "a.tar",
        "a.tar.gz",
        "A.tgz",
        "000000.tar",
        "000001.tar",
        "000002.tar",
        "_batch.tar",
        "n/a.tar",
        "report.parquet.tar",
    ):
        shard(source / name, ["x.png", "x.png", "X.jpg", "./x.png"])
    made = batch(source, tmp_path / "out", shards=shards)
    assert len({folded(name) for name in made}) == len(made) == 1 + 9 * 4
    assert sorted(made.values()) == sorted(
        [b"folder", *(f"{path.name} {n}".encode() for path in source.rglob("*.t*") for n in range(4))]
    )


def test_a_file_that_is_also_a_folder_is_a_row(tmp_path: Path) -> None:
    shard(tmp_path / "in" / "s.tar", ["a.png", "a.misc/b.png", "c.png"])
    output = tmp_path / "out"
    run(Request(copy(), str(tmp_path / "in"), str(output), workers=0, shards=0), lambda tally, fraction: None)
    rows = pq.read_table(output / "report.parquet").to_pylist()
    assert [row["output"] for row in rows] == ["s/a.misc", None, "s/c.misc"] and "rename one" in rows[1]["error"]
    assert sorted(batch(tmp_path / "in", tmp_path / "packed")) == ["s.tar/a.misc", "s.tar/c.misc"]


def test_a_name_that_is_too_long_or_taken_is_a_row(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    long = "n" * 249
    for name in (f"{long}.png", f"{long}.jpg", "ok.png", "taken.png"):
        (source / name).write_bytes(b"x")
    (output / "taken.misc").mkdir(parents=True)
    run(Request(copy(), str(source), str(output), workers=0), lambda tally, fraction: None)
    errors = {row["file"]: row["error"] for row in pq.read_table(output / "report.parquet").to_pylist()}
    assert errors["ok.png"] is None and "directory" in errors["taken.png"].lower()
    assert all("too long" in errors[f"{long}.{ending}"] for ending in ("png", "jpg"))
    names = Naming(".misc", True).distinct(
        [Sibling(f"{long}.tar", "shard"), Sibling(f"{long}.tgz", "shard"), Sibling("N" * 249 + ".tar", "shard")]
    )
    assert len({folded(name) for name in names}) == 3 and all(len(name) <= 255 for name in names)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.sampled_from([name for name in FILES if "a" in name.lower()]), unique=True, max_size=6),
    shards=st.lists(st.sampled_from(SHARDS[:16]), unique=True, max_size=3),
    members=st.lists(st.sampled_from(["x.png", "X.png", "x.jpg", "x.misc/x.png", "x.png.png"]), max_size=5),
    mode=st.sampled_from([None, 0, 2]),
)
def test_a_batch_has_an_output_or_a_reason_for_each_input(
    tmp_path_factory: pytest.TempPathFactory, files: list[str], shards: list[str], members: list[str], mode: int | None
) -> None:
    folder = tmp_path_factory.mktemp("names")
    for name in files:
        for place in ("in", "in/a", "in/A"):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / name).write_bytes(f"{place}/{name}".encode())
    for name in shards:
        shard(folder / "in" / name, members)
    (folder / "in").mkdir(exist_ok=True)
    made = batch(folder / "in", folder / "out", shards=mode)
    rows = pq.read_table(folder / "out" / "report.parquet").to_pylist()
    assert len(rows) == 3 * len(files) + len(shards) * len(members)
    assert len(made) + sum(row["error"] is not None for row in rows) == len(rows)
    assert len({folded(name) for name in made}) == len(made) and len({*made.values()}) == len(made)
