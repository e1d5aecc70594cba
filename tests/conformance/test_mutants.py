"""Mutants of the plain decoder: the decoder as it is passes, wrong ones are seen, and what is said of mutants by hand fits them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.mutants.__main__ import described, table
from conformance.mutants.edits import Mutant, modules, mutants, source_of
from conformance.mutants.reasons import FILE, Reasons
from conformance.mutants.run import Found, Journal, run, runs, spread
from conformance.mutants.trial import KILLED, SURVIVED, TIMED_OUT, VECTORS, Need, Result, first_difference, need

QUICK = [(name, 0.5) for name in ("text-raw", "bad-container-varint-spare-3", "grid-one-cell", "bad-text-not-utf8")]


def mutant(module: str, before: str, after: str) -> Mutant:
    """The mutant with these lines."""
    return next(one for one in mutants(module) if (one.before, one.after) == (before, after))


@pytest.mark.parametrize("module", ["bits", "container", "text"])
def test_the_decoder_as_it_is_passes(module: str) -> None:
    assert first_difference(module, source_of(module).decode(), QUICK) == Result(SURVIVED)


@pytest.mark.parametrize(
    "module,before,after,vector",
    [
        ("bits", "self.position += n", "pass", "text-raw"),
        ("bits", "if i > 0 and group == 0:", "if i > 1 and group == 0:", "bad-container-varint-spare-2"),
        ("limits", "MAX_ITEMS = 16", "MAX_ITEMS = 17", "bad-text-seventeen-items"),
        (
            "text",
            'if len(parts) % 2 == 0:\n        raise BrokenRule("MISC-TXT-002", start, "text")',
            "pass",
            "bad-text-separators-3",
        ),
    ],
)
def test_a_wrong_decoder_is_seen(module: str, before: str, after: str, vector: str) -> None:
    wrong = mutant(module, before, after)
    assert first_difference(module, wrong.source(), [(vector, 0.5)])[:2] == (KILLED, vector)


@pytest.mark.parametrize(
    "text,status", [("while True: pass", TIMED_OUT), ("import os; os._exit(0)", KILLED), ("raise ValueError", KILLED)]
)
def test_a_decoder_that_gives_no_answer_is_seen(text: str, status: str) -> None:
    assert first_difference("limits", text, [("text-raw", 0.0)]).status == status


def test_what_a_vector_needs() -> None:
    needed = need("text-raw")
    assert 0 < needed.seconds < 5 and needed.lines.keys() >= {"bits", "text"} and "grid" not in needed.lines
    wrong = mutant("limits", "MAX_ITEMS = 16", "MAX_ITEMS = 17")
    assert runs(wrong, needed.lines) and not runs(wrong, need("grid-one-cell").lines)


def test_a_run_goes_on_where_another_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name, _ in QUICK]
    monkeypatch.setattr("conformance.mutants.run.VECTORS", {name: VECTORS[name] for name in names})
    path, said = tmp_path / "journal.jsonl", list[str]()
    chosen = spread(Reasons(), 4, 1, ["container"])
    found = run(chosen, Reasons(), Journal(path), 2, said.append)
    assert [one.mutant for one in found] == chosen and any("mutants tried" in line for line in said)
    said.clear()
    assert run(chosen, Reasons(), Journal(path), 2, said.append) == found and said == []


def test_every_mutant_can_be_read_and_has_a_key_of_its_own() -> None:
    made = [one for module in modules() for one in mutants(module)]
    assert len(made) > 5000 and len({one.key for one in made}) == len(made)
    assert all(source_of(one.module)[one.start : one.end] != one.text.encode() for one in made)
    for one in made[::100]:
        compile(one.source(), one.module, "exec")


def test_what_is_said_by_hand_fits() -> None:
    reasons = Reasons()
    made = {one.key: one for module in modules() for one in mutants(module)} | {
        one.key: one for one in reasons.hand_made
    }
    assert [key for key in reasons.same if key not in made] == []
    assert [entry for entry in reasons.without_part if not any(map(entry.has, made.values()))] == []
    assert all(entry.reason.endswith(".") for entry in (*reasons.same.values(), *reasons.without_part))
    assert FILE.read_bytes().endswith(b"\n")


def test_the_table_counts_by_clause() -> None:
    one = mutant("limits", "MAX_ITEMS = 16", "MAX_ITEMS = 17")
    text = table([Found(one, Result(KILLED)), Found(one._replace(clause="2.10"), Result(SURVIVED))])
    assert [line.split() for line in text.splitlines()[-3:]] == [
        ["2.10", "1", "0", "0", "0", "1"],
        [one.clause, "1", "1", "0", "0", "0"],
        ["all", "2", "1", "0", "0", "1"],
    ]
    assert described(one).splitlines()[1:] == ["- MAX_ITEMS = 16", "+ MAX_ITEMS = 17"]


def test_needs_hold_lines() -> None:
    assert Need(0.1, {"bits": [1]}).lines == {"bits": [1]}
