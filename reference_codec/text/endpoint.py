"""A describer behind an endpoint that speaks OpenAI's protocol: OpenAI itself, vLLM, Ollama and others.

The key comes from the environment variable OPENAI_API_KEY, never from an option or a file. The address comes from --endpoint or
OPENAI_BASE_URL.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

from misc_format.system.text import has_surrogates
from reference_codec.errors import ModelError, UnreachableError
from reference_codec.text import address
from reference_codec.text.ask import Turn

TIMEOUT: Final = 120.0  # seconds for one answer, with all retries; a local model on a CPU is slow
RETRIES: Final = 2  # by the library, with growing pauses, after network failures and from busy servers
MAX_TOKENS: Final = 1024  # a full answer has about 200; models that reason first take more
MAX_ANSWER: Final = 2**16  # characters
MAX_SIDE: Final = 1024  # pixels on the long side of the picture that the model sees
MAX_MESSAGE: Final = 300  # characters of a message of the endpoint or the library
REFUSALS: Final = (400, 413, 422)  # statuses that concern the question; the others concern the user or the server
NO_KEY: Final = "none"  # local servers need no key, but the library insists on one


@dataclass(frozen=True)
class Endpoint:
    """A model at an endpoint. `base_url`: its address; None for OPENAI_BASE_URL, or else OpenAI's own.

    Raises `UnreachableError` for an address that is none, or that has a secret.
    """

    model: str
    base_url: str | None = None
    timeout: float = TIMEOUT
    retries: int = RETRIES
    captions_only: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        fault = address.fault_of(self._configured_url) if self._configured_url else None
        if fault:
            raise UnreachableError(f"the address of the endpoint {fault}")

    def __str__(self) -> str:
        return f"{self.model} at {self._configured_url or 'api.openai.com'}"

    @property
    def _configured_url(self) -> str | None:
        return self.base_url or os.environ.get("OPENAI_BASE_URL")

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The model's next message. Raises `UnreachableError` if the endpoint gives no answer, `ModelError` for a refusal."""
        key = os.environ.get("OPENAI_API_KEY") or (NO_KEY if self._configured_url else None)
        if key is None:
            raise UnreachableError(
                "the endpoint asks for a key: set OPENAI_API_KEY, or name another endpoint with --endpoint"
            )
        with self._errors_named(key):
            content = _result(self._content(key, _messages(picture, turns)))
        if not isinstance(content, str) or has_surrogates(content):
            raise ModelError(f"{self}: its answer has no text")
        if len(content) > MAX_ANSWER:
            raise ModelError(f"{self}: its answer has {len(content):,} characters, more than {MAX_ANSWER:,}")
        return content

    async def _content(self, key: str, messages: Any) -> Any:
        """The content of the reply, which may be of any type. Raises `TimeoutError`, and what the library raises."""
        import openai

        from reference_codec.text import transport

        options: dict[str, Any] = {
            "timeout": self.timeout,
            "max_retries": self.retries,
            "default_headers": transport.HEADERS,
            "http_client": transport.client(),
        }
        async with (
            asyncio.timeout(self.timeout),  # the library's own is for each part of a reply
            openai.AsyncOpenAI(api_key=key, base_url=self.base_url, **options) as client,
        ):
            reply = await client.chat.completions.create(
                model=self.model, messages=messages, temperature=0, max_tokens=MAX_TOKENS
            )
            return reply.choices[0].message.content

    @contextmanager
    def _errors_named(self, key: str) -> Iterator[None]:
        """Turn what the library raises into errors that name this endpoint, and do not repeat the key."""
        import openai

        def text(error: object) -> str:
            return str(error).replace(key, "(the key)")[:MAX_MESSAGE]

        try:
            yield
        except (openai.APITimeoutError, TimeoutError):
            raise UnreachableError(f"{self}: no answer within {self.timeout:g} s") from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            raise UnreachableError(f"{self}: it cannot be reached ({text(cause) or type(cause).__name__})") from None
        except openai.APIStatusError as error:
            kind = ModelError if error.status_code in REFUSALS else UnreachableError
            raise kind(f"{self}: it answers {error.status_code}: {text(error.message)}") from None
        except (openai.OpenAIError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
            reason = f"{type(error).__name__}: {text(error)}"
            raise ModelError(f"{self}: its answer does not follow the protocol ({reason})") from None


def _result(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, also where the thread has a loop of its own, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _messages(picture: Image.Image, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The conversation as the protocol has it. The picture is a PNG file in the first message."""
    small = picture.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    picture_url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    first, *rest = turns
    content = [{"type": "text", "text": first.text}, {"type": "image_url", "image_url": {"url": picture_url}}]
    return [{"role": first.role, "content": content}, *({"role": turn.role, "content": turn.text} for turn in rest)]
