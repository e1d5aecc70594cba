"""A describer that runs on this machine, through transformers: a multimodal chat model (Qwen2.5-VL, LLaVA), or a captioner (BLIP).

A chat model is one whose files bring a chat template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.runtime import Runtime
from reference_codec.models.weights import Weights, find
from reference_codec.text.ask import Turn

MAX_TOKENS: Final = 400  # of an answer; a full one has about 200
MAX_CAPTION_TOKENS: Final = 40
MAX_SIDE: Final = 1024  # pixels on the long side of the picture that the model sees; limits the memory that Qwen takes


@dataclass(frozen=True)
class Local:
    """A loaded model."""

    weights: Weights
    model: Any
    processor: Any
    captions_only: bool

    def __str__(self) -> str:
        return str(self.weights)

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The model's next message by greedy decoding: on one machine, the same picture gives the same answer. Raises `ModelError`."""
        small = picture.copy()
        small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        with about(self.weights.source):
            inputs = self.processor(images=small, return_tensors="pt", **self._conversation(turns))
            inputs = inputs.to(self.model.device, self.model.dtype)
            max_tokens = MAX_CAPTION_TOKENS if self.captions_only else MAX_TOKENS
            tokens = self.model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False)
        # A chat model repeats the conversation before its answer.
        answer_start = inputs["input_ids"].shape[1] if "input_ids" in inputs and not self.captions_only else 0
        [text] = self.processor.batch_decode(tokens[:, answer_start:], skip_special_tokens=True)
        return str(text).strip()

    def _conversation(self, turns: Sequence[Turn]) -> dict[str, Any]:
        """The conversation as an argument of the processor; none for a captioner."""
        if self.captions_only:
            return {}
        first, *rest = turns
        content = [{"type": "image"}, {"type": "text", "text": first.text}]
        messages = [{"role": first.role, "content": content}]
        messages += [{"role": turn.role, "content": [{"type": "text", "text": turn.text}]} for turn in rest]
        return {"text": self.processor.apply_chat_template(messages, add_generation_prompt=True)}


def load(source: str, runtime: Runtime) -> Local:
    """The model of a source (see `models.weights`), ready to answer. Raises `ModelError`."""
    from transformers import AutoModelForImageTextToText

    weights = find(source)
    processor = loading.load_processor(weights)
    model = loading.load(AutoModelForImageTextToText, weights, runtime)
    return Local(weights, model, processor, captions_only=not getattr(processor, "chat_template", None))
