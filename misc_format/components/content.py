"""The base class of content."""

from __future__ import annotations

from typing import ClassVar


class Content:
    """The content of a core component. `kind`: the kind of that component, one of `registry.CORE_KINDS`; None: any kind."""

    __slots__ = ()
    kind: ClassVar[str | None] = None
