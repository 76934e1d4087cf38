"""What the exercises of lesson 11 share: slips of memory and dtype, and cases for them."""

from typing import Any

from course.checks import uses
from course.checks.case import Case
from course.checks.exercise import Exercise

LESSON = "11_relu_pooling_softmax"

UPSTREAM_NOT_USED = (
    "upstream not used",
    "This is right for an upstream of ones only: what arrives, dy, has to be multiplied in.",
)


def memory(*work: dict[str, Any]) -> list[Case]:
    """The second of two rounds, and one beside another layer; each needs its own other_x."""
    both = (uses.dx_of_the_second_round, uses.dx_beside_another_layer)
    return [Case("memory", arguments, use) for arguments, use in zip(work, both, strict=True)]


def only_x(work: dict[str, Any]) -> dict[str, Any]:
    """What a forward pass alone needs."""
    return {name: value for name, value in work.items() if name != "dy"}


def slips_of_memory(exercise: Exercise, layer: Any) -> None:
    """Add the mistakes of a layer, given as a class with its input in x, that remembers wrongly."""

    @exercise.mistake(
        "first input kept",
        "backward still uses what the first forward has seen: every forward must remember its own.",
    )
    class _FirstInput(layer):
        x: Any

        def forward(self, x: Any) -> Any:
            kept = x if self.x is None else self.x
            y = super().forward(x)
            self.x = kept
            return y

    @exercise.mistake(
        "one memory for all layers",
        "Two layers share one memory: write self. before what forward remembers, so that each has "
        "its own, and not a variable of the class or of the notebook.",
    )
    class _SharedMemory(layer):
        seen: list = []  # noqa: RUF012 - the very mistake

        def forward(self, x: Any) -> Any:
            self.seen[:] = [x]
            return super().forward(x)

        def backward(self, dy: Any) -> Any:
            self.x = self.seen[0]
            return super().backward(dy)
