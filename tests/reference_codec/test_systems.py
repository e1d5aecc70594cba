"""The papers' systems end to end: a picture described, mapped and written by tiny models, read from the file and painted by tiny models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import misc_format
from misc_format.components import Generation
from reference_codec.decoder import Decoder, Options
from reference_codec.decoders.parameters import PARAMETERS
from reference_codec.encoder import Choices, MapChoices, TextChoices, compose
from reference_codec.maps import grounded
from reference_codec.models.runtime import Runtime
from reference_codec.presets import PRESETS
from tests.needs import extra, needs

pytestmark = needs(extra("models"))

CPU = Runtime("cpu")
SIDE = 64
SAMPLES = np.asarray(Image.open(Path(__file__).parents[2] / "examples" / "coffee.png").convert("RGB").resize((60, 40)))
DESCRIBERS = {"cmc-full": "blip", "cmc-text": "llava"}  # of the others: qwen


def chosen(profile: str, seeing: Path) -> dict[str, Any]:
    """The describer and the map maker of a profile's paper, or of its kind."""
    preset = PRESETS[profile]
    choices: dict[str, Any] = {}
    if preset.text:
        choices["text"] = TextChoices(describer=f"local={seeing / DESCRIBERS.get(profile, 'qwen')}")
    if preset.items:
        sedic = f"dino-sam={seeing / 'grounding_dino'},{seeing / 'sam'}"
        choices["maps"] = MapChoices(map_maker=sedic if profile == "sedic" else f"clip-surgery={seeing / 'clip'}")
    return choices


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("profile", PARAMETERS)
def test_every_profile_from_picture_to_file_to_picture(
    profile: str, seeing: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grounded, "BOX_THRESHOLD", 0.0)
    choices = Choices(profile, **chosen(profile, seeing), runtime=CPU, generation=Generation(steps=3, seed=5))
    written, notes = compose(SAMPLES, choices)
    (tmp_path / "a.misc").write_bytes(misc_format.write(written))
    del written

    data = (tmp_path / "a.misc").read_bytes()
    stream = misc_format.read(data)
    preset = PRESETS[profile]
    assert misc_format.validate(data).verdict == "conforming" and stream.profile == profile
    assert (stream.text is not None, stream.maps is not None) == (preset.text, preset.items > 0)
    assert (stream.image is None) == (profile == "cmc-text")
    account = misc_format.account(data, deep=True)
    assert sum(part.bits for part in account.components) == account.file_bits == 8 * len(data)
    if preset.text:
        assert any("weights " in note for note in notes)
        assert ("A cup of coffee stands on a wooden" in stream.text.overall) == (DESCRIBERS.get(profile) != "blip")
    if preset.items:
        assert [item.name for item in stream.text.items] == ["Coffee cup", "table"] and len(stream.maps.maps) == 2

    decoder = PARAMETERS[profile].decoder
    control = None if decoder == "cmc" else str(painting / "control-2.1")
    options = Options(decoder, str(painting / "2.1"), control, CPU, SIDE)
    picture = Decoder(options).paint(stream)
    assert picture.shape == (40, 60, 3) and picture.std() > 1
    np.testing.assert_array_equal(Decoder(options).paint(misc_format.read(data)), picture)  # same file, same picture
    released = Decoder(replace(options, as_released=True)).paint(stream)
    assert released.shape == (40, 60, 3) and not np.array_equal(released, picture)
