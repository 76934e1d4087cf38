"""Run a student's notebook up to its last check, and print what came out of it as JSON.

`course.mine` starts this as a process of its own, so that nothing that a notebook does reaches
the one that asks for its answers.
"""

import json
import sys
from pathlib import Path

from course.running.limits import Limits
from course.running.reading import Submitted, Unreadable, read_notebook
from course.running.run import run_own

SEED = "course.mine"
LIMITS = Limits(cell_seconds=10, notebook_seconds=30)


def packed_answers(path: Path) -> dict[str, dict[str, str]]:
    """By exercise: its state, what is wrong, and the answer, packed, where it is right.

    Raises Unreadable.
    """
    submitted = _up_to_the_last_check(read_notebook(path))
    found = run_own(path, submitted, LIMITS, SEED, packs=True)
    return {
        one.exercise: {"state": one.state, "what": one.what, "packed": one.packed} for one in found
    }


def _up_to_the_last_check(submitted: Submitted) -> Submitted:
    last = max((k for k, cell in enumerate(submitted.cells) if cell.check), default=-1)
    return Submitted(submitted.cells[: last + 1] or submitted.cells)


if __name__ == "__main__":
    try:
        print(json.dumps(packed_answers(Path(sys.argv[1]))))
    except Unreadable as unreadable:
        sys.exit(str(unreadable))
