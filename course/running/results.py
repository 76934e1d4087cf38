"""What became of an exercise."""

from dataclasses import dataclass, field

RIGHT, WRONG, NOT_ATTEMPTED, MISSING = "right", "wrong", "not attempted", "no answer"
CRASHED, TIMED_OUT, FLOODED, HELD = "crashed", "timed out", "too much output", "held"

NEWER_PYTHON = "saved with a newer Python than this one, which cannot read all of it"
"""Said to a person, who has to decide."""


@dataclass
class ExerciseResult:
    """One exercise of one notebook."""

    exercise: str
    most: float
    state: str
    points: float | None = 0.0
    """None while nobody has decided; `would_be` then says what the cases alone give."""
    would_be: float | None = None
    groups: dict[str, tuple[int, int]] = field(default_factory=dict)
    what: str = ""
    """What is wrong, in a few words, without the hidden inputs."""
    hint: str = ""
    mistake: str = ""
    explanation: str = ""
    suspicions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)
    """Of the first wrong case: its number and group, the case, what came out and what was expected.

    It is for the instructor alone: the words of an exception may hold an input.
    """
    answer: str = ""
    """The cells that the answer was made in, as the kernel had them."""
    packed: str = ""
    """The right answer itself, for other notebooks of the student's, but never for the grader."""
