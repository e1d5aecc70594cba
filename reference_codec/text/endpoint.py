"""A describer behind an endpoint that speaks OpenAI's protocol: OpenAI itself, vLLM, Ollama and others.

The key comes from the environment variable OPENAI_API_KEY, never from an option or a file. The address comes from --endpoint or
OPENAI_BASE_URL.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from reference_codec.errors import ModelError, UnreachableError
from reference_codec.text.ask import Turn

TIMEOUT: Final = 120.0  # seconds for one answer; a local model on a CPU is slow
RETRIES: Final = 2  # by the library, with growing pauses, after network failures and from busy servers
MAX_TOKENS: Final = 1024  # a full answer has about 200; models that reason first take more
MAX_SIDE: Final = 1024  # pixels on the long side of the picture that the model sees
REFUSALS: Final = (400, 413, 422)  # statuses that concern the question; the others concern the user or the server
NO_KEY: Final = "none"  # local servers need no key, but the library insists on one


@dataclass(frozen=True)
class Endpoint:
    """A model at an endpoint. `base_url`: its address; None for OPENAI_BASE_URL, or else OpenAI's own."""

    model: str
    base_url: str | None = None
    timeout: float = TIMEOUT
    retries: int = RETRIES
    captions_only: bool = field(default=False, init=False)

    def __str__(self) -> str:
        return f"{self.model} at {self._configured_url or 'api.openai.com'}"

    @property
    def _configured_url(self) -> str | None:
        return self.base_url or os.environ.get("OPENAI_BASE_URL")

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The model's next message. Raises `UnreachableError` if the endpoint gives no answer, `ModelError` for a refusal."""
        import openai

        key = os.environ.get("OPENAI_API_KEY") or (NO_KEY if self._configured_url else None)
        if key is None:
            raise UnreachableError(
                "the endpoint asks for a key: set OPENAI_API_KEY, or name another endpoint with --endpoint"
            )
        messages: Any = _messages(picture, turns)
        options: dict[str, Any] = {"timeout": self.timeout, "max_retries": self.retries}
        with self._errors_named(), openai.OpenAI(api_key=key, base_url=self.base_url, **options) as client:
            reply = client.chat.completions.create(
                model=self.model, messages=messages, temperature=0, max_tokens=MAX_TOKENS
            )
            content = reply.choices[0].message.content
        if not isinstance(content, str):
            raise ModelError(f"{self}: its answer has no text")
        return content

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        """Turn what the library raises into errors that name this endpoint."""
        import openai

        try:
            yield
        except openai.APITimeoutError:
            raise UnreachableError(f"{self}: no answer within {self.timeout:g} s") from None
        except openai.APIConnectionError as error:
            raise UnreachableError(f"{self}: it cannot be reached ({error.__cause__ or error})") from None
        except openai.APIStatusError as error:
            kind = ModelError if error.status_code in REFUSALS else UnreachableError
            raise kind(f"{self}: it answers {error.status_code}: {error.message[:300]}") from None
        except (openai.OpenAIError, ValueError, LookupError, AttributeError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise ModelError(f"{self}: its answer does not follow the protocol ({reason})") from None


def _messages(picture: Image.Image, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The conversation as the protocol has it. The picture is a PNG file in the first message."""
    small = picture.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    first, *rest = turns
    content = [{"type": "text", "text": first.text}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": first.role, "content": content}, *({"role": turn.role, "content": turn.text} for turn in rest)]
