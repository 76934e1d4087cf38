"""`course grade` with its sandbox against plain `pytest --nbval-lax`, over the same notebooks.

Makes a class from the solved notebook of a lesson: some students have left blanks, some are wrong.
Both mark the same folder, one after the other, in one run. Memory is the largest sum, at any
moment, of what the processes of a run hold (PSS, so that shared pages count once).

    python benchmarks/grade_a_class.py --students 100 --lesson 02_stride_padding_size
    python benchmarks/grade_a_class.py --growth 10 100 1000
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
    """The largest memory of a process and its descendants: together, and of each of ours."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.most, self.each, self.over = process, 0, 0, threading.Event()

    def run(self) -> None:
        """Look twice a second."""
        while not self.over.wait(0.5):
            sizes = {process: _kilobytes(process) for process in _family(self.process)}
            self.most = max(self.most, sum(sizes.values()))
            ours = (size for process, size in sizes.items() if _is_ours(process))
            self.each = max(self.each, *ours, 0)


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


def _is_ours(process: int) -> bool:
    """Whether it is the main process or a worker, and not a student's kernel."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"course" in words or b"course.grading.workers.process" in words


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
    together, each = watch.most / 1024, watch.each / 1024
    largest = f", the largest of our processes {each:.0f} MB" if each else ""
    print(f"{name:<38} {seconds:7.1f} s   {together:6.0f} MB at most{largest}", flush=True)
    return seconds


def grade(folder: Path, lesson: str, students: int, workers: int) -> float:
    """The seconds that `course grade` takes for a class."""
    submissions, grades = folder / f"class-of-{students}", folder / f"grades-of-{students}"
    make_class(submissions, lesson, students)
    words = [str(submissions), "-o", str(grades), "--workers", str(workers)]
    command = [sys.executable, "-m", "course", "grade", *words]
    return timed(f"course grade, {students} submissions", command, succeeds=True)


def compare(lesson: str, students: int, workers: int) -> None:
    """The same class, graded and run under plain nbval."""
    with tempfile.TemporaryDirectory() as place:
        ours = grade(Path(place), lesson, students, workers)
        plain = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q"]
        plain += ["-p", "no:cacheprovider", str(Path(place, f"class-of-{students}"))]
        wrong_answers_fail = False
        theirs = timed("plain pytest --nbval-lax, one process", plain, wrong_answers_fail)
    print(f"course grade takes {ours / theirs:.2f} of the time of plain nbval")


def grow(lesson: str, classes: list[int], workers: int) -> None:
    """Classes of several sizes: what another submission costs must not depend on how many."""
    with tempfile.TemporaryDirectory() as place:
        begin = grade(Path(place), lesson, 1, workers)
        for students in classes:
            more = grade(Path(place), lesson, students, workers) - begin
            print(f"{'each after the first':<38} {more / (students - 1):7.3f} s", flush=True)


def main() -> None:
    """Make a class, mark it twice, and say how the two compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--lesson", default="02_stride_padding_size")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--growth", type=int, nargs="*", help="sizes of classes, such as 10 100")
    chosen = parser.parse_args()
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    print(f"{chosen.lesson}, {os.cpu_count()} cores, load before: {load}")
    if chosen.growth:
        grow(chosen.lesson, chosen.growth, chosen.workers)
    else:
        compare(chosen.lesson, chosen.students, chosen.workers)


if __name__ == "__main__":
    main()
