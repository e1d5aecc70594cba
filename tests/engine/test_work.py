"""The files of a unit: groups that fail are done one by one, and want of memory is told from what other files left behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from misc_format.engine.jobs import Bpp, Task
from misc_format.engine.pool import Begun, Fault, Order, RestartError
from misc_format.engine.problems import CrashError
from misc_format.engine.rows import Row
from misc_format.engine.sources import Entry
from misc_format.engine.stores import UnavailableError
from misc_format.engine.work import Group, Work


class Words(Bpp):
    """A job whose files are words: what is done is to turn them round."""

    signature = b""  # type: ignore[misc]

    def prepare(self, limited: bool = False) -> Task:
        def task(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
            words = [data.decode() for data, _ in files]
            for word in words:
                if word in HARM:
                    raise HARM[word]
            return [ValueError(word) if word == "bad" else Row(columns={"word": word[::-1]}) for word in words]

        return task


WHOLE = Order(None)
HARM = {"hungry": MemoryError(), "lost": UnavailableError("gone"), "odd": ZeroDivisionError("odd")}


@pytest.fixture
def work() -> Work:
    job = Words()
    object.__setattr__(job, "signature", b"")
    return Work(job)


def done(work: Work, folder: Path, words: list[str], order: Order = WHOLE) -> tuple[list[Begun], list[Row]]:
    for word in words:
        if word != "missing":
            (folder / word).write_text(word)
    inputs = work.reader.inputs(Entry(0, str(folder), word) for word in words[order.start :])
    messages = list(work.groups(inputs, order, order.start))
    rows = [row for message in messages if isinstance(message, Group) for row in message.rows]
    return [message for message in messages if isinstance(message, Begun)], rows


def said(row: Row) -> str:
    return row.problem.sentence if row.problem else row.columns["word"]


def test_a_group_has_a_row_a_file(work: Work, tmp_path: Path) -> None:
    begun, rows = done(work, tmp_path, ["ab", "missing", "bad", "cd"])
    assert [row.name for row in rows] == ["ab", "missing", "bad", "cd"]
    assert [said(row) for row in rows[::3]] == ["ba", "dc"]
    assert "No such file" in said(rows[1]) and "ValueError: bad" in said(rows[2])
    assert [row.bytes_read for row in rows] == [2, 0, 3, 2]
    assert begun == [Begun(0, 64), Begun(4, 64)]


def test_a_group_that_fails_is_done_one_by_one(work: Work, tmp_path: Path) -> None:
    begun, rows = done(work, tmp_path, ["ab", "odd", "cd"])
    assert [said(row) for row in rows[::2]] == ["ba", "dc"] and "ZeroDivisionError: odd" in said(rows[1])
    assert begun == [Begun(0, 64), Begun(0, 1), Begun(1, 1), Begun(2, 1), Begun(3, 64)]


def test_what_concerns_every_file_is_no_row(work: Work, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        done(work, tmp_path, ["ab", "lost", "cd"])


def test_an_order_says_where_to_begin_what_to_do_alone_and_what_to_leave_out(work: Work, tmp_path: Path) -> None:
    order = Order(None, start=1, single_until=3, fault=Fault(2, CrashError("it ended its process")))
    begun, rows = done(work, tmp_path, ["a", "bc", "odd", "de", "fg"], order)
    assert [said(row) for row in rows] == ["cb", "it ended its process", "ed", "gf"]
    assert begun == [Begun(1, 1), Begun(2, 1), Begun(3, 64), Begun(5, 64)]


def test_want_of_memory_is_a_row_or_asks_for_a_fresh_process(work: Work, tmp_path: Path) -> None:
    _, rows = done(work, tmp_path, ["hungry", "ab"], Order(None, supervised=True))
    assert [row.problem and row.problem.id for row in rows] == ["MISC-RES-002", None]
    with pytest.raises(RestartError):
        done(work, tmp_path, ["hungry"], Order(None, supervised=True))
    _, rows = done(work, tmp_path, ["hungry"])  # nobody is there to start another process
    assert [row.problem and row.problem.kind for row in rows] == ["limit"]
