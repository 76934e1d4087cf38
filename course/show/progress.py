"""How far a long computation has come."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

Step = TypeVar("Step")


def progress_bar(steps: Sequence[Step]) -> Iterable[Step]:
    """The steps one by one, with a bar below the cell that shows how many are done."""
    return tqdm(steps, unit="step", mininterval=0.5, ncols=78)
