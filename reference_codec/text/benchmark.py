"""The six describers of CMC-Bench as rows of data: `misc encode --describer NAME`.

Its script (script-i2t.py) runs Qwen-VL-Chat alone. The paper names the others and the length that each is asked for (appendix A.4); their
repositories are the usual ones.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from reference_codec.errors import ChoiceError


class Describer(NamedTuple):
    """A describer of the benchmark.

    `name`: for `--describer`. `title`: in the benchmark's tables. `model`: by its repository. `words`: the length that it is asked for;
    None where it is asked nothing. `runs_as`: the describer that runs it here; "" for one that does not run here, and `why_not` then says
    why, as a sentence without a full stop.
    """

    name: str
    title: str
    model: str
    words: int | None
    runs_as: str = ""
    why_not: str = ""


_ROWS: Final = (
    Describer("gpt-4o", "GPT-4o", "OpenAI's API", 20, "endpoint=gpt-4o"),
    Describer("llava-1.5", "LLaVA", "llava-hf/llava-1.5-7b-hf", 10, "local=llava-hf/llava-1.5-7b-hf"),
    Describer("mplug-owl2", "MPlugOwl-2", "MAGAer13/mplug-owl2-llama2-7b", 20, "", "its model is code of its repository"),
    Describer("qwen-vl", "Qwen", "Qwen/Qwen-VL-Chat", 10, "", "its model is code of its repository"),
    Describer("sharegpt4v", "ShareGPT", "Lin-Chen/ShareGPT4V-7B", 10, "", "its model is code of its repository"),
    Describer("instructblip", "InstructBLIP", "Salesforce/instructblip-vicuna-7b", None, "local=Salesforce/instructblip-vicuna-7b"),
)  # fmt: skip
DESCRIBERS: Final = {row.name: row for row in _ROWS}


def resolve(describer: str) -> str:
    """What runs a describer of the benchmark; any other describer unchanged. Raises `ChoiceError` for one that does not run here."""
    row = DESCRIBERS.get(describer.lower())
    if row is None:
        return describer
    if not row.runs_as:
        raise ChoiceError(
            f"{row.title} of CMC-Bench does not run here: {row.why_not}, {row.model}; bring its captions by --text FILE.json"
        )
    return row.runs_as
