"""A describer that runs here, through transformers: an LMM that can be talked to (Qwen2.5-VL, LLaVA), or a captioner (BLIP).

Which of the two a model is, its files say: one that can be talked to brings a chat template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from reference_codec.models import sources as models
from reference_codec.text.ask import Turn

MOST_TOKENS: Final = 400  # of an answer; a full one has about 200
MOST_CAPTION_TOKENS: Final = 40
LONG_SIDE: Final = 1024  # pixels that the model sees; bounds the memory that Qwen takes for a large picture


@dataclass(frozen=True)
class Local:
    """A model that is loaded."""

    weights: models.Weights
    model: Any
    processor: Any
    captions_only: bool

    def __str__(self) -> str:
        return str(self.weights)

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The model's next turn, chosen greedily: the same on one machine for the same picture."""
        shown = picture.copy()
        shown.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        with models.loading(self.weights.source):
            inputs = self.processor(images=shown, return_tensors="pt", **self._words(turns))
            inputs = inputs.to(self.model.device, self.model.dtype)
            most = MOST_CAPTION_TOKENS if self.captions_only else MOST_TOKENS
            tokens = self.model.generate(**inputs, max_new_tokens=most, do_sample=False)
        given = inputs["input_ids"].shape[1] if "input_ids" in inputs and not self.captions_only else 0
        [text] = self.processor.batch_decode(tokens[:, given:], skip_special_tokens=True)
        return str(text).strip()

    def _words(self, turns: Sequence[Turn]) -> dict[str, Any]:
        if self.captions_only:
            return {}
        first, *rest = turns
        content = [{"type": "image"}, {"type": "text", "text": first.text}]
        talk = [{"role": first.role, "content": content}]
        talk += [{"role": turn.role, "content": [{"type": "text", "text": turn.text}]} for turn in rest]
        return {"text": self.processor.apply_chat_template(talk, add_generation_prompt=True)}


def load(source: str, runtime: models.Runtime) -> Local:
    """The model that a source names, ready to answer; raises `ModelError`."""
    from transformers import AutoModelForImageTextToText

    weights = models.find(source)
    processor = models.load_processor(weights)
    model = models.load(AutoModelForImageTextToText, weights, runtime)
    return Local(weights, model, processor, captions_only=not getattr(processor, "chat_template", None))
