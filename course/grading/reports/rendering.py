"""Pages and files made from templates, in which no text of a student's can do any harm."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from course.grading import results
from course.grading.reports.gradebook import number

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""What commands a terminal, turns a line, or may be in no XML."""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("course.grading.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "sentence": _sentence, "shown": results.shown}
    made.filters["text"] = lambda text: _UNPRINTABLE.sub("\ufffd", text)
    made.globals |= {name: value for name, value in vars(results).items() if name.isupper()}
    return made


def render(template: str, **facts: Any) -> str:
    """A template filled in; it knows the states by their names."""
    return _environment().get_template(template).render(**facts)


def _sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end, all else as it is."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
