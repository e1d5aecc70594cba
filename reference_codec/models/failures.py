"""What the libraries raise while they load or run a model, turned into a `ModelError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pickle import UnpicklingError

from reference_codec.errors import ModelError


@contextmanager
def about(source: str) -> Iterator[None]:
    """Turn any exception of a library into a `ModelError` that names the model's source."""
    try:
        yield
    except (ModelError, ModuleNotFoundError):
        raise
    except ImportError as error:  # a library that lacks an optional part says so at length
        raise ModelError(f"{source}: {first_line(error)}; pip install 'misc-bitstream[models]'") from error
    except Exception as error:
        raise ModelError(f"{source}: it cannot be loaded: {first_line(error)}") from error


@contextmanager
def needs_accelerate() -> Iterator[None]:
    """Say in one sentence that offloading needs the library accelerate; the other libraries say it at length."""
    try:
        yield
    except ImportError as error:
        if "accelerate" not in str(error):
            raise
        raise ModelError("offloading needs the library accelerate: pip install 'misc-bitstream[models]'") from error


def first_line(error: BaseException) -> str:
    """The first line of an exception's message that is not blank; the exception's name if there is none.

    PyTorch's message about a pickle says how to run the code in it, so it is not passed on.
    """
    if isinstance(error, UnpicklingError):
        return "it is damaged, or holds more than tensors"
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if any(map(str.isalpha, line)):
        return line
    return f"{type(error).__name__} {line}".strip()  # such as a key without words
