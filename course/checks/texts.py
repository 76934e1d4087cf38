"""Values as text."""

from typing import Any


def text_of(value: Any) -> str:
    """str(value), or what to say of a thing that cannot even do that."""
    try:
        return str(value)
    except Exception:
        return "(cannot be printed)"
