"""The address of an endpoint. Plans, notes and messages keep it, so it holds no secret."""

from __future__ import annotations

from urllib.parse import urlsplit


def fault_of(address: str) -> str | None:
    """What is wrong with an address, as the end of a sentence that does not repeat it; None if it is right."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "does not begin with http:// or https:// and the name of a host"
    if "@" in parts.netloc or "?" in address or "#" in address:
        return "has more than a host and a path; set the key as OPENAI_API_KEY, because an address is kept in plans and messages"
    return None
