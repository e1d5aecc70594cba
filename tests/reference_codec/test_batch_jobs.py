"""`misc batch encode` and `decode`: the same files as the commands for one picture, models loaded once, failures as rows."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.components import Item, Text
from reference_codec import maps as mapmakers
from reference_codec import text as describers
from reference_codec.errors import ModelError, UnreachableError
from tests.needs import extra, needs

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
SAID = Text("A cup on a table.", (Item("cup", "white"), Item("table", "brown")))


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in pq.read_table(folder / "report.parquet").to_pylist()}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "deeper").mkdir()
    with Image.open(PHOTO) as photo:
        for index, name in enumerate(("a.png", "b.jpg", "deeper/c.webp")):
            photo.crop((100 * index, 100, 100 * index + 96, 164)).convert("RGB").save(folder / name)
    return folder


def test_the_files_and_pictures_are_those_of_the_commands_for_one(pictures: Path, tmp_path: Path) -> None:
    options = ("--profile", "misc-1", "--quality", "20", "--comment", "x")
    assert misc("batch", "encode", pictures, "-o", tmp_path / "coded", "--workers", 0, *options).exit_code == 0
    back = tmp_path / "back"
    assert misc("batch", "decode", tmp_path / "coded", "-o", back, "--workers", 0, "--format", "webp").exit_code == 0
    found, decoded = rows(tmp_path / "coded"), rows(tmp_path / "back")
    assert list(found) == ["a.png", "b.jpg", "deeper/c.webp"]
    for name, row in found.items():
        alone, painted = tmp_path / "alone.misc", tmp_path / "alone.webp"
        assert misc("encode", pictures / name, "-o", alone, *options).exit_code == 0
        assert misc("decode", alone, "-o", painted).exit_code == 0
        data = (tmp_path / "coded" / row["output"]).read_bytes()
        assert data == alone.read_bytes() and row["file_bits"] == 8 * len(data)
        assert row["bpp"] == misc_format.account(data).bpp and row["notes"] == []
        line = decoded[row["output"]]
        assert (line["width"], line["height"]) == (96, 64)
        with Image.open(tmp_path / "back" / line["output"]) as one, Image.open(painted) as other:
            assert np.array_equal(np.asarray(one), np.asarray(other))


def test_pictures_that_are_none_are_rows(pictures: Path, tmp_path: Path) -> None:
    shutil.copytree(pictures, tmp_path / "in")
    (tmp_path / "in" / "cut.png").write_bytes((pictures / "a.png").read_bytes()[:200])
    (tmp_path / "in" / "empty.jpg").touch()
    (tmp_path / "in" / "text.png").write_text("no picture")
    (tmp_path / "in" / "notes.md").write_text("not taken")
    result = misc("batch", "encode", tmp_path / "in", "-o", tmp_path / "out", "--profile", "cmc-pixel", "--workers", 0)
    assert result.exit_code == 1
    found = rows(tmp_path / "out")
    assert {name for name, row in found.items() if row["error"]} == {"cut.png", "empty.jpg", "text.png"}
    assert len(found) == 6 and all(row["output"] is None for row in found.values() if row["error"])
    bad = tmp_path / "out" / "bad.misc"
    bad.write_bytes((tmp_path / "out" / "a.misc").read_bytes()[:9])
    result = misc("batch", "decode", tmp_path / "out", "-o", tmp_path / "back", "--workers", 0, "--max-pixels", 6144)
    assert result.exit_code == 1
    assert {name for name, row in rows(tmp_path / "back").items() if row["error"]} == {"bad.misc"}
    result = misc("batch", "decode", tmp_path / "out", "-o", tmp_path / "less", "--workers", 0, "--max-pixels", 6143)
    assert result.exit_code == 1
    assert {row["error_id"] for name, row in rows(tmp_path / "less").items() if name != "bad.misc"} == {"MISC-RES-001"}


class Maker:
    """A describer and a map maker that count."""

    captions_only = False

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = Counter[str]()
        self.error = error

    def __str__(self) -> str:
        return "Maker"

    def describer(self, *_: object) -> Maker:
        self.calls["describer"] += 1
        return self

    def map_maker(self, *_: object) -> Maker:
        self.calls["map maker"] += 1
        return self

    def answer(self, *_: object) -> str:
        self.calls["answers"] += 1
        if self.error:
            raise self.error
        return "cup, table.\nA white cup\nA brown table\nA cup of coffee stands on a table."

    def make(self, samples: Any, names: list[str], size: Any) -> tuple[Any, ...]:
        self.calls["maps"] += 1
        return tuple(np.eye(size.height, size.width, dtype=bool) for _ in names)


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    made = Maker()
    monkeypatch.setattr(describers, "load", made.describer)
    monkeypatch.setattr(mapmakers, "load", made.map_maker)
    return made


OWN = ("--describer", "local=mine", "--map-maker", "clip-surgery", "--block", "16", "--workers", 0, "--unit", 1)


def test_models_are_loaded_once_a_worker(maker: Maker, pictures: Path, tmp_path: Path) -> None:
    result = misc("batch", "encode", pictures, "-o", tmp_path / "out", *OWN)
    assert result.exit_code == 0, result.output
    assert maker.calls == {"describer": 1, "map maker": 1, "answers": 3, "maps": 3}
    assert "Described by Maker." in rows(tmp_path / "out")["a.png"]["notes"]


def test_a_picture_that_a_model_refuses_is_a_row_and_a_model_that_nobody_answers_for_stops_the_run(
    maker: Maker, pictures: Path, tmp_path: Path
) -> None:
    maker.error = UnreachableError("mine: it cannot be reached")
    result = misc("batch", "encode", pictures, "-o", tmp_path / "out", *OWN)
    assert (
        result.exit_code == 3
        and "cannot be reached" in result.stderr
        and "run the same command to resume" in result.stderr
    )
    assert maker.calls["answers"] == 1 and not (tmp_path / "out" / "report.parquet").exists()
    maker.error = ModelError("mine: it does not like the picture")
    result = misc("batch", "encode", pictures, "-o", tmp_path / "out", *OWN)
    assert result.exit_code == 1 and result.output.count("does not like") == 3
    assert maker.calls["answers"] == 4


@needs(extra("models"))
def test_choices_that_do_not_fit_together_stop_the_run(pictures: Path, tmp_path: Path) -> None:
    options = ("--map-maker", "clip-surgery", "--block", 16, "--workers", 0)
    result = misc("batch", "encode", pictures, "-o", tmp_path / "out", *options)
    assert result.exit_code == 3, result.output


def test_the_network_of_compressai_is_loaded_once(
    compressai_library: Any, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.authoring import compressai_strings
    from reference_codec.images import compressai

    calls = Counter[str]()
    ready = compressai._ready

    def counted(*arguments: Any) -> Any:
        calls["network"] += 1
        return ready(*arguments)

    monkeypatch.setattr(compressai, "_ready", counted)
    name = "mbt2018-mean"
    network = compressai_strings.network(name)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(compressai_strings.weights(network))
    for source, pretrained in ((weights, False), ("pretrained", True)):
        monkeypatch.setitem(compressai_library.zoo.models, name, lambda *_, **__: compressai_strings.network(name))
        calls.clear()
        compressai._from_file.cache_clear()
        compressai._pretrained.cache_clear()
        options = ("--image-method", "compressai", "--compressai-arch", name, "--quality", 1)
        coded, back = tmp_path / f"coded{pretrained}", tmp_path / f"back{pretrained}"
        result = misc("batch", "encode", pictures, "-o", coded, *options, "--weights", source, "--workers", 0)
        assert result.exit_code == 0, result.output
        result = misc("batch", "decode", coded, "-o", back, "--weights", source, "--workers", 0)
        assert result.exit_code == 0, result.output
        assert calls["network"] == 1 and len(rows(back)) == 3


@needs(extra("models"))
def test_diffusion_is_loaded_once_and_what_is_wrong_with_it_is_said_first(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reference_codec.decoders.diffusion import Diffusion
    from tests.reference_codec import tiny_diffusion as tiny

    tiny.pipeline(tmp_path / "model", "1.5")
    (tmp_path / "few.json").write_text(json.dumps({"steps": 1, "seed": 1}))
    coding = ("--profile", "cmc-pixel", "--generation", tmp_path / "few.json", "--workers", 0)
    assert misc("batch", "encode", pictures, "-o", tmp_path / "coded", *coding).exit_code == 0
    calls: list[object] = []
    load = Diffusion.load
    monkeypatch.setattr(Diffusion, "load", lambda *arguments: (calls.append(arguments), load(*arguments))[1])
    chosen = ("--decoder", "cmc", "--device", "cpu", "--long-side", 64, "--workers", 0)
    decoding = ("batch", "decode", tmp_path / "coded", *chosen)
    result = misc(*decoding, "-o", tmp_path / "back", "--model", tmp_path / "model")
    assert result.exit_code == 0, result.output
    assert len(calls) == 1 and len(rows(tmp_path / "back")) == 3
    result = misc(*decoding, "-o", tmp_path / "none", "--model", tmp_path / "is-not-there")
    assert result.exit_code == 3 and "is-not-there" in result.stderr
    assert not (tmp_path / "none" / "report.parquet").exists()


def test_what_cannot_be_had_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from reference_codec.decoder import Decoder, Options
    from reference_codec.decoders.parameters import PARAMETERS

    decoder = Decoder(Options("misc", "a", "b"))
    calls = []

    def refuse(wanted: object) -> None:
        calls.append(wanted)
        raise ModelError("it is not on this machine")

    monkeypatch.setattr(decoder, "_load", refuse)
    row = next(iter(PARAMETERS.values()))
    for _ in range(3):
        with pytest.raises(ModelError, match="not on this machine"):
            decoder._model(row)
    assert calls == [("a", "b", None, True)]
