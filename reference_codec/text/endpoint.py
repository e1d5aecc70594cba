"""A describer behind an endpoint that speaks OpenAI's protocol: OpenAI itself, vLLM, Ollama and others.

The key comes from the environment (OPENAI_API_KEY), never from an option or a file; the address from --endpoint or OPENAI_BASE_URL.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from reference_codec.models.sources import ModelError, UnreachableError
from reference_codec.text.ask import Turn

TIMEOUT: Final = 120.0  # seconds for one answer; a local model on a CPU is slow
RETRIES: Final = 2  # of the library, after failures of the network and of a busy server, with growing pauses
MOST_TOKENS: Final = 1024  # a full answer has about 200; models that think first take more
LONG_SIDE: Final = 1024  # pixels that the model sees
REFUSALS: Final = (400, 413, 422)  # answers about what was asked; the others are about who asks, and when
NO_KEY: Final = "none"  # local servers want none, the library wants one


@dataclass(frozen=True)
class Endpoint:
    """A model of an endpoint. `base_url`: None for OPENAI_BASE_URL, or OpenAI's own."""

    model: str
    base_url: str | None = None
    timeout: float = TIMEOUT
    retries: int = RETRIES
    captions_only: bool = field(default=False, init=False)

    def __str__(self) -> str:
        return f"{self.model} at {self.base_url or os.environ.get('OPENAI_BASE_URL') or 'api.openai.com'}"

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The model's next turn; raises `UnreachableError` where there is none to be had, `ModelError` for a refusal."""
        import openai

        local = self.base_url or os.environ.get("OPENAI_BASE_URL")
        key = os.environ.get("OPENAI_API_KEY") or (NO_KEY if local else None)
        if key is None:
            raise UnreachableError(
                "the endpoint asks for a key: set OPENAI_API_KEY, or name another one with --endpoint"
            )
        messages: Any = _messages(picture, turns)
        try:
            with openai.OpenAI(
                api_key=key, base_url=self.base_url, timeout=self.timeout, max_retries=self.retries
            ) as client:
                reply = client.chat.completions.create(
                    model=self.model, messages=messages, temperature=0, max_tokens=MOST_TOKENS
                )
            content = reply.choices[0].message.content
        except openai.APITimeoutError:
            raise UnreachableError(f"{self}: no answer within {self.timeout:g} s") from None
        except openai.APIConnectionError as error:
            raise UnreachableError(f"{self}: it cannot be reached ({error.__cause__ or error})") from None
        except openai.APIStatusError as error:
            kind = ModelError if error.status_code in REFUSALS else UnreachableError
            raise kind(f"{self}: it answers {error.status_code}: {error.message[:300]}") from None
        except (openai.OpenAIError, ValueError, LookupError, AttributeError, TypeError) as error:
            raise ModelError(
                f"{self}: its answer does not follow the protocol ({type(error).__name__}: {error})"
            ) from None
        if type(content) is not str:
            raise ModelError(f"{self}: its answer has no text")
        return content


def _messages(picture: Image.Image, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    shown = picture.copy()
    shown.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    shown.save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    first, *rest = turns
    content = [{"type": "text", "text": first.text}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": first.role, "content": content}, *({"role": turn.role, "content": turn.text} for turn in rest)]
