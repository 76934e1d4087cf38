"""Mark a folder of submissions: collect, skip what is marked already, mark the rest, report."""

import difflib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from course.checks import EXERCISES
from course.grading.marking.fingerprint import digest_of_the_course
from course.grading.marking.marker import Settings, unreadable
from course.grading.reports.tables import write_incoming
from course.grading.results import FAILED, SubmissionResult
from course.grading.sandbox.bubblewrap import require_sandbox
from course.grading.store import Store
from course.grading.submissions.collecting import Collection, Found, collect
from course.grading.submissions.roster import Roster, read_roster
from course.grading.workers.local import Job, mark_here
from course.project import CourseError, choose, names_handed_out
from course.running.limits import Limits
from course.running.reading import Unreadable

STORE = "results.sqlite"
LOCK = ".lock"
ALL = "all"
Mark = Callable[[list[Callable[[], Job]], Settings], Iterator[SubmissionResult]]


@dataclass(frozen=True)
class Options:
    """What an instructor can choose."""

    lessons: tuple[str, ...] = ()
    roster: Path | None = None
    allowed: tuple[str, ...] = ()
    workers: int = 2
    scheduler: str = ""
    confined: bool = True
    crash_is_zero: bool = False
    again: tuple[str, ...] = ()
    """Students who are marked anew; with "all" everybody is, and with new inputs."""
    forget: bool = False
    seconds: float = Limits.cell_seconds


@dataclass
class Batch:
    """A run over a folder of submissions."""

    submissions: Path
    out: Path
    options: Options
    total: int = 0
    """How many submissions there are to mark."""
    done_before: int = 0
    """How many an earlier run has marked."""
    forgotten: int = 0
    left_out: list[str] = field(default_factory=list)

    def run(self, begin: Callable[[int], None], step: Callable[[SubmissionResult], None]) -> None:
        """Mark everything that is not marked yet; each result is kept as soon as it is there."""
        if self.options.confined:
            require_sandbox()
        collection, roster = self._collect()
        with self._alone(), closing(Store(self.out / STORE)) as store:
            settings = self._settings(store)
            if self.options.forget:
                self._forget(collection, store)
            jobs = self._jobs(collection, store, settings)
            write_incoming(collection.incoming, self.out / "incoming.csv")
            begin(len(jobs))
            store.put_students(list(roster.students.values()))
            self._mark(jobs, settings, store, step)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two runs with the same results would mark everything twice, with different inputs."""
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.out / LOCK, timeout=0):
                yield
        except Timeout as error:
            raise CourseError(f"Another course grade is at work in {self.out}.") from error

    def _collect(self) -> tuple[Collection, Roster]:
        if not self.submissions.exists():
            raise CourseError(f"There is nothing at {self.submissions}")
        lessons = self._lessons()
        roster = read_roster(self.options.roster) if self.options.roster else Roster([])
        collection = collect(self.submissions, lessons, roster, self.out)
        if not collection.submissions:
            found = "".join(f"\n  {line}" for line in collection.left_out[:10])
            raise CourseError(f"{self.submissions} holds no notebook of these lessons.{found}")
        self.left_out = collection.left_out
        students = {student for student, _ in collection.submissions} | {ALL}
        for name in set(self.options.again) - students:
            close = difflib.get_close_matches(name, students, 1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise CourseError(f"{name!r} has handed in nothing to mark again.{meant}")
        return collection, roster

    def _lessons(self) -> list[str]:
        with_exercises = {e.lesson for e in EXERCISES.values()}
        chosen = choose(self.options.lessons, names_handed_out())
        return [name for name in chosen if name in with_exercises]

    def _forget(self, collection: Collection, store: Store) -> None:
        """Drop the results, of the lessons that are graded, whose submissions are gone."""
        lessons = self._lessons()
        for key in set(store.fingerprints()) - set(collection.submissions):
            if key[1] in lessons:
                store.forget(*key)
                self.forgotten += 1

    def _settings(self, store: Store) -> Settings:
        seed = store.get("seed")
        if seed is None or ALL in self.options.again:
            seed = secrets.token_hex(16)
            store.put("seed", seed)
        limits = Limits(cell_seconds=self.options.seconds)
        return Settings(
            seed=seed,
            limits=limits.as_dict(),
            allowed=tuple(sorted(self.options.allowed)),
            confined=self.options.confined,
            crash_is_zero=self.options.crash_is_zero,
        )

    def _jobs(
        self, collection: Collection, store: Store, settings: Settings
    ) -> dict[tuple[str, str], tuple]:
        """What is to be marked, by student and lesson; what cannot be read is settled at once."""
        before, jobs = store.fingerprints(), {}
        for key, found in collection.submissions.items():
            student, lesson = key
            fingerprint = self._fingerprint(found, settings)
            if before.get(key) == fingerprint and student not in self.options.again:
                self.done_before += 1
                continue
            try:
                found.read()
            except Unreadable as error:
                result = unreadable(student, lesson, str(error))
                result.handed_in = _handed_in(found)
                store.save(result, found.where, fingerprint)
                continue
            jobs[key] = (found, fingerprint, collection.notes.get(key, []))
        self.total = len(jobs)
        return jobs

    def _fingerprint(self, found: Found, settings: Settings) -> str:
        """Changes when anything changes that a result depends on."""
        digest = sha256(repr(settings).encode())
        digest.update(digest_of_the_course(found.lesson).encode())
        try:
            digest.update(found.read())
            digest.update(repr(found.beside).encode())
        except Unreadable as error:
            digest.update(str(error).encode())
        return digest.hexdigest()

    def _mark(
        self, jobs: dict, settings: Settings, store: Store, step: Callable[[SubmissionResult], None]
    ) -> None:
        readers = [_reader(key[0], key[1], job[0]) for key, job in jobs.items()]
        for result in self._results(readers, settings):
            found, fingerprint, notes = jobs[result.student, result.lesson]
            result.note = "; ".join(filter(None, [result.note, *notes]))
            result.seed, result.handed_in = settings.seed, _handed_in(found)
            # a failure of the grader itself is no result: the next run tries again
            store.save(result, found.where, "" if result.state == FAILED else fingerprint)
            step(result)

    def _results(self, readers: list, settings: Settings) -> Iterable[SubmissionResult]:
        if self.options.scheduler:
            from course.grading.workers.cluster import mark_on_cluster

            return mark_on_cluster(readers, settings, self.options.scheduler)
        return mark_here(readers, settings, self.options.workers)


def _reader(student: str, lesson: str, found: Found) -> Callable[[], Job]:
    return lambda: Job(student, lesson, found.read(), found.beside)


def _handed_in(found: Found) -> str:
    """When, as far as the system tells it: Canvas whether late, Moodle the time of the file."""
    if found.owner.kind == "canvas_id":
        return "late" if "_LATE_" in found.where.split("/")[0] else ""
    moodle = found.owner.kind == "identifier"
    return f"{datetime.fromtimestamp(found.changed):%Y-%m-%d %H:%M}" if moodle else ""
