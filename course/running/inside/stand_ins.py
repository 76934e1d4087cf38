"""What stands for a part of the course that is not at hand: it can be imported, and not used."""

import importlib
import importlib.util
from typing import Any


class NotAtHand(RuntimeError):  # noqa: N818 - it is read by students
    """A part of the course that a notebook of this lesson does without while it is tried."""


def stand_in(name: str) -> Any:
    """A class that nothing can be made of; for special names AttributeError, as Python expects."""
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise NotAtHand(f"the course's {name} is not here while this lesson's exercises are tried")

    return type(name, (), {"__new__": refuse})


def find(package: str, homes: dict[str, str], name: str) -> Any:
    """What a package offers under a name: a module of its own, or what one of them holds."""
    if name in homes:
        return getattr(importlib.import_module(homes[name]), name)
    if importlib.util.find_spec(f"{package}.{name}"):
        return importlib.import_module(f"{package}.{name}")
    return stand_in(name)
