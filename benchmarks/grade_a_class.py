"""`course grade` with its sandbox against plain `pytest --nbval-lax`, over the same notebooks.

Makes a class from the solved notebook of a lesson: some students have left blanks, some are wrong.
Both mark the same folder, one after the other, in one run. Memory is the largest sum, at any
moment, of what the processes of a run hold (PSS, so that shared pages count once).

    python benchmarks/grade_a_class.py --students 100 --lesson 02_stride_padding_size
"""

import argparse
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_class(folder: Path, lesson: str, students: int) -> None:
    """A notebook for each student: four of five exercises answered, three of ten with a slip."""
    solved = json.loads((ROOT / "solutions" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    blank = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    chance = random.Random(1)
    for number in range(students):
        notebook = copy.deepcopy(blank)
        for cell, answer in zip(notebook["cells"], solved["cells"], strict=True):
            if cell["metadata"].get("exercise") and chance.random() < 0.8:
                source = "".join(answer["source"])
                cell["source"] = source if chance.random() > 0.3 else source.replace("1", "2", 1)
        place = folder / f"student{number:03d}"
        place.mkdir(parents=True)
        (place / f"{lesson}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


class Watch(threading.Thread):
    """The largest memory that a process and its descendants hold together."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.most, self.over = process, 0, threading.Event()

    def run(self) -> None:
        """Look twice a second."""
        while not self.over.wait(0.5):
            self.most = max(self.most, sum(map(_kilobytes, _family(self.process))))


def _family(process: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(place.name))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def _kilobytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def timed(name: str, command: list[str], succeeds: bool) -> float:
    """Run a command; print and return its seconds. Ends the program where it should succeed."""
    begun = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        watch = Watch(process.pid)
        watch.start()
        process.wait()
        watch.over.set()
    seconds = time.monotonic() - begun
    if succeeds and process.returncode:
        sys.exit(f"{name} ended with exit code {process.returncode}: nothing to compare")
    print(f"{name:<38} {seconds:7.1f} s   {watch.most / 1024:6.0f} MB at most", flush=True)
    return seconds


def main() -> None:
    """Make a class, mark it twice, and say how the two compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--lesson", default="02_stride_padding_size")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    print(f"{chosen.students} of {chosen.lesson}, {os.cpu_count()} cores, load before: {load}")
    with tempfile.TemporaryDirectory() as place:
        submissions = Path(place) / "submissions"
        make_class(submissions, chosen.lesson, chosen.students)
        plain = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q"]
        words = [str(submissions), "-o", str(Path(place) / "out"), "--workers", str(chosen.workers)]
        ours = timed(
            "course grade, in the sandbox",
            [sys.executable, "-m", "course", "grade", *words],
            succeeds=True,
        )
        theirs = timed(
            "plain pytest --nbval-lax, one process",
            [*plain, "-p", "no:cacheprovider", str(submissions)],
            succeeds=False,  # some of the answers are wrong
        )
    print(f"course grade takes {ours / theirs:.2f} of the time of plain nbval")


if __name__ == "__main__":
    main()
