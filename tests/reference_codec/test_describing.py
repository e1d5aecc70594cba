"""Descriptions by models: what is asked, what is made of a reply, and what an endpoint may do."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import misc_format
from misc_format.components import Item, Text
from reference_codec.encoder import Choices, MapChoices, TextChoices, compose
from reference_codec.errors import ChoiceError, ModelError
from reference_codec.presets import PRESETS
from reference_codec.text import ask, prompts, replies
from reference_codec.text.endpoint import Endpoint
from tests.needs import extra, require

PICTURE = Image.fromarray(np.random.default_rng(2).integers(0, 256, (40, 60, 3), np.uint8))
GOOD = """Coffee cup, wooden table, teaspoon.
A white porcelain cup with dark coffee
Brown planks with a visible grain
Small silver spoon on the saucer
A cup of coffee stands on a wooden table in soft daylight, seen from above."""
MISC = prompts.task("misc-1")


class Scripted:
    """Answers from a list, the last one for ever, and keeps what it was asked."""

    captions_only = False

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), list[tuple[ask.Turn, ...]]()

    def __str__(self) -> str:
        return "a model"

    def answer(self, picture: Image.Image, turns: Sequence[ask.Turn]) -> str:
        self.asked.append(tuple(turns))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_every_profile_with_text_has_a_question_within_its_limits() -> None:
    assert {name for name, preset in PRESETS.items() if preset.text} == set(prompts.SCRIPTS)
    for name in prompts.SCRIPTS:
        task = prompts.task(name)
        assert task.items == PRESETS[name].items and str(prompts.SCRIPTS[name].overall_words) in task.prompt
        words = Text(
            " ".join(["w"] * task.overall_words),
            tuple(
                Item("a b c"[: 2 * task.name_words - 1], " ".join(["d"] * task.detail_words)) for _ in range(task.items)
            ),
        )
        data = misc_format.write(misc_format.Stream(8, 8, name, text=words, **_fill(name, task.items)))
        assert misc_format.validate(data).verdict == "conforming"


def _fill(profile: str, items: int) -> dict[str, Any]:
    grid = misc_format.Grid(np.zeros((1, 1, 3), np.uint8), 6, 8)
    maps = misc_format.Maps(tuple(np.eye(8, dtype=np.bool_) for _ in range(items))) if items else None
    return {"image": None if profile == "cmc-text" else grid, "maps": maps}


def test_hints_of_cmc_bench_grow_with_the_words() -> None:
    hints = ["light", "colour", "clarity", "dense caption", "semantics of the regions"]
    for words, count in ((5, 0), (10, 2), (20, 3), (50, 5)):
        prompt = prompts.task("cmc-full", words=words).prompt
        assert [hint in prompt for hint in hints] == [index < count for index in range(5)]
    assert [prompts.task("cmc-full", words=words).overall_words for words in (5, 10, 20, 50)] == [6, 12, 24, 60]


def test_sedic_may_not_overshoot_and_misc_may_by_a_fifth() -> None:
    assert prompts.task("sedic").overall_words == 50 and prompts.task("misc-1").overall_words == 60
    assert prompts.task("sedic", items=1, words=30, detail_words=20)[1:] == (1, 3, 20, 30)


@pytest.mark.parametrize("choice", [{"items": 4}, {"words": 61}, {"detail_words": 11}], ids=str)
def test_more_than_the_profile_allows_is_refused_before_anything_is_asked(choice: dict[str, int]) -> None:
    with pytest.raises(ChoiceError, match="profile misc-1 allows at most"):
        prompts.task("misc-1", **choice)


def test_the_published_layout_is_read() -> None:
    text = replies.parse(GOOD, MISC)
    assert [item.name for item in text.items] == ["Coffee cup", "wooden table", "teaspoon"]
    assert text.items[2].detail == "Small silver spoon on the saucer" and text.overall.startswith("A cup of coffee")


@pytest.mark.parametrize(
    "marked",
    [
        "\n\n".join(GOOD.splitlines()),
        "\r\n".join(f"  {line} " for line in GOOD.splitlines()),
        "\n".join(f"{number}. {line}" for number, line in enumerate(GOOD.splitlines(), 1)),
        "\n".join(f"- **{line}**" for line in GOOD.splitlines()),
        "\n".join(f"Line {number}: {line}" for number, line in enumerate(GOOD.splitlines(), 1)),
    ],
)
def test_what_models_put_around_lines_is_taken_off(marked: str) -> None:
    assert replies.parse(marked, MISC) == replies.parse(GOOD, MISC)


@pytest.mark.parametrize(
    "reply", ["", "\n \n", "I cannot see the picture.", "a, b, c, d.\n1\n2\n3\n4\nall", "a, b, c.\nx\ny\nall", ".\nall"]
)
def test_another_layout_is_a_reply_error(reply: str) -> None:
    with pytest.raises(replies.ReplyError):
        replies.parse(reply, MISC)


@given(st.text(max_size=200))
def test_any_reply_is_read_or_refused_and_trimmed_text_always_fits(reply: str) -> None:
    for task in (MISC, prompts.task("cmc-text", words=5)):
        try:
            text, _ = replies.trim(replies.parse(reply, task), task)
        except replies.ReplyError:
            continue
        assert not replies.faults(text, task)


def test_too_long_a_text_is_asked_again_then_cut_at_a_word_and_reported() -> None:
    long = GOOD.replace(
        "Small silver spoon on the saucer", "one two three four, five six seven eight nine ten, eleven twelve"
    )
    model = Scripted(long, GOOD)
    assert ask.describe(model, PICTURE, MISC) == (replies.parse(GOOD, MISC), ())
    again = model.asked[1]
    assert [turn.role for turn in again] == ["user", "assistant", "user"] and again[1].text == long
    assert "detail of item 3 has 12 words, which is more than 10" in again[2].text
    stubborn = Scripted(long)
    text, notes = ask.describe(stubborn, PICTURE, MISC)
    assert len(stubborn.asked) == ask.ATTEMPTS
    assert text.items[2].detail == "one two three four, five six seven eight nine ten"
    assert notes == ("The detail of item 3 had 12 words and was cut to 10.",)


def test_a_reply_of_another_layout_is_asked_again_then_an_error_that_shows_it() -> None:
    assert ask.describe(Scripted("Sure!", GOOD), PICTURE, MISC)[0] == replies.parse(GOOD, MISC)
    with pytest.raises(ModelError, match=r"a model: no answer in 3 .*'Sure!'"):
        ask.describe(Scripted("Sure!"), PICTURE, MISC)
    long = GOOD.replace("teaspoon", "a very small teaspoon")  # a whole reply, even if too long, is better than none
    text, notes = ask.describe(Scripted(long, "Sorry.", "Sorry."), PICTURE, MISC)
    assert text.items[2].name == "a very small" and len(notes) == 1


Handler = Callable[[dict[str, Any]], tuple[int, bytes]]


class Server:
    """An endpoint on this machine: `replies` are given in turn, the last one for ever; `seen` are the requests."""

    def __init__(self, *handlers: Handler) -> None:
        self.handlers, self.seen, self.keys = list(handlers), list[dict[str, Any]](), list[str]()
        outer = self

        class Protocol(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.seen.append({"path": self.path, **body})
                outer.keys.append(self.headers.get("Authorization", ""))
                handler = outer.handlers.pop(0) if len(outer.handlers) > 1 else outer.handlers[0]
                status, data = handler(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Protocol)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def says(content: object) -> Handler:
    message = {"role": "assistant", "content": content}
    reply = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    }
    return lambda _: (200, json.dumps(reply).encode())


def fails(status: int, body: bytes = b'{"error": {"message": "no luck"}}') -> Handler:
    return lambda _: (status, body)


def sleeps(_: dict[str, Any]) -> tuple[int, bytes]:
    time.sleep(1.5)
    return says(GOOD)({})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    require(extra("models"))
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    started: list[Server] = []

    def start(*handlers: Handler) -> Server:
        started.append(Server(*handlers))
        return started[-1]

    yield start
    for server in started:
        server.server.shutdown()


TURNS = (ask.Turn("user", "What?"),)


def test_an_endpoint_gets_the_picture_and_the_talk(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(says("Yes."))
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    turns = (*TURNS, ask.Turn("assistant", "That."), ask.Turn("user", "Again."))
    assert Endpoint("m", server.url).answer(PICTURE, turns) == "Yes."
    [request] = server.seen
    assert request["path"] == "/v1/chat/completions" and request["model"] == "m" and server.keys == ["Bearer secret"]
    first, *rest = request["messages"]
    assert [part["type"] for part in first["content"]] == ["text", "image_url"] and first["content"][0][
        "text"
    ] == "What?"
    url = first["content"][1]["image_url"]["url"]
    sent = Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,"))))
    assert np.array_equal(np.asarray(sent), np.asarray(PICTURE))
    assert rest == [{"role": "assistant", "content": "That."}, {"role": "user", "content": "Again."}]


def test_a_busy_server_is_asked_again_by_the_library(serve: Callable[..., Server]) -> None:
    server = serve(fails(503), says("Yes."))
    assert Endpoint("m", server.url).answer(PICTURE, TURNS) == "Yes." and len(server.seen) == 2


@pytest.mark.parametrize(
    "handler, message",
    [
        (fails(401), "answers 401: .*no luck"),
        (fails(404), "answers 404"),
        (fails(500), "answers 500"),
        (fails(200, b"not json"), "does not follow the protocol"),
        (fails(200, b"<html></html>"), "does not follow the protocol"),
        (fails(200, b"[]"), "does not follow the protocol"),
        (fails(200, b"null"), "does not follow the protocol"),
        (fails(200, b'{"choices": []}'), "does not follow the protocol"),
        (fails(200, b'{"choices": [{}]}'), "does not follow the protocol"),
        (fails(200, b"{}"), "does not follow the protocol"),
        (says(None), "has no text"),
        (says(["a"]), "has no text"),
        (sleeps, "no answer within 0.5 s"),
    ],
)  # fmt: skip
def test_whatever_an_endpoint_does_is_one_error_that_names_it(
    handler: Handler, message: str, serve: Callable[..., Server]
) -> None:
    server = serve(handler)
    with pytest.raises(ModelError, match=message) as caught:
        Endpoint("m", server.url, timeout=0.5, retries=0).answer(PICTURE, TURNS)
    assert f"m at {server.url}" in str(caught.value)


def test_an_endpoint_that_is_not_there_and_one_without_a_key(serve: Callable[..., Server]) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        Endpoint("m", "http://127.0.0.1:9/v1", retries=0).answer(PICTURE, TURNS)
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        Endpoint("m").answer(PICTURE, TURNS)


def test_a_file_described_by_an_endpoint(serve: Callable[..., Server]) -> None:
    server = serve(says("Sorry, what?"), says(GOOD))
    samples = np.asarray(PICTURE)
    stream, notes = compose(samples, Choices("misc-1", TextChoices(describer="endpoint=m", endpoint=server.url)))
    assert stream.text == replies.parse(GOOD, MISC) and f"Described by m at {server.url}." in notes
    data = misc_format.write(stream)
    assert misc_format.validate(data).verdict == "conforming" and misc_format.read(data).text == stream.text


TEXT, ASKED = TextChoices(Text("x", (Item("a", "b"),))), TextChoices(describer="endpoint")


@pytest.mark.parametrize(
    "choices, message",
    [
        (Choices("misc-1", TextChoices(describer="gpt")), "no describer 'gpt'; there are embedded, endpoint, local"),
        (Choices("misc-1", maps=MapChoices(map_maker="gpt")), "looks for names"),
        (Choices("misc-1", TEXT, MapChoices(map_maker="sam")), "no map maker 'sam'; there are"),
        (Choices("misc-1", TEXT, MapChoices(map_maker="dino-sam=a")), "takes two models"),
        (Choices("cmc-image", ASKED), "no text for a describer"),
        (Choices("misc-3", ASKED, MapChoices(map_maker="clip-surgery")), "no maps for a map maker"),
        (Choices("misc-1", TextChoices(words=20)), "for a describer that asks a model"),
        (Choices("misc-1", TextChoices(describer="endpoint", items=4)), "allows at most 3 items"),
    ],
)
def test_choices_that_do_not_fit_together_are_refused_at_once(choices: Choices, message: str) -> None:
    with pytest.raises(ChoiceError, match=message):
        compose(np.asarray(PICTURE), choices)
