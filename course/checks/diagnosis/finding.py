"""What a step of the diagnosis has found out about a wrong answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One or two sentences for the student, and which step they come from."""

    step: str
    text: str
    mistakes: tuple[str, ...] = ()
    """The names of the known mistakes that it speaks of."""
