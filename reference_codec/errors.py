"""The reference codec's own errors. Errors about bitstreams are `misc_format.errors.MiscError`."""

from __future__ import annotations

from misc_format.errors import PictureError

__all__ = ["ChoiceError", "ModelError", "PictureError", "UnreachableError"]


class ChoiceError(ValueError):
    """A choice contradicts another one, has no effect, or names something that does not exist. The message says what to change."""


class ModelError(OSError):
    """A model is missing, cannot be loaded, gives no usable answer, or is not the recorded one."""


class UnreachableError(ModelError):
    """No service answers for a model, or it refuses this user. The next picture would fail in the same way."""
