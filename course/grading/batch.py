"""Mark a folder of submissions: collect, skip what is marked already, mark the rest, report."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path

from filelock import FileLock, Timeout

from course.checks import EXERCISES
from course.grading.marking.fingerprint import digest_of_the_course
from course.grading.marking.marker import Settings, unmarked
from course.grading.reports.tables import write_table
from course.grading.results import FAILED, UNREADABLE, SubmissionResult, meant
from course.grading.sandbox.bubblewrap import require_sandbox
from course.grading.store import Store
from course.grading.submissions.collecting import Collection, Found, collect
from course.grading.submissions.roster import Roster, read_roster
from course.grading.workers.local import Job, mark_here
from course.project import CourseError, choose, names_handed_out
from course.running.limits import Limits

STORE = "results.sqlite"
INCOMING = "incoming.csv"
LOCK = ".lock"
ALL = "all"


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
        lessons = self._lessons()
        collection, roster = self._collect(lessons)
        with self._alone(), closing(Store(self.out / STORE)) as store:
            heads = [("file", "student", "what has become of it")]
            write_table(self.out / INCOMING, heads, collection.incoming)
            store.put_students(list(roster.students.values()))
            if self.options.forget:
                self._forget(collection, lessons, store)
            for result in self._marked(collection, store, begin):
                step(result)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two runs with the same results would mark everything twice, with different inputs."""
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.out / LOCK, timeout=0):
                yield
        except Timeout as error:
            raise CourseError(f"Another course grade is at work in {self.out}.") from error

    def _lessons(self) -> list[str]:
        chosen = choose(self.options.lessons, names_handed_out())
        return [name for name in chosen if EXERCISES.of(name)]

    def _collect(self, lessons: list[str]) -> tuple[Collection, Roster]:
        if not self.submissions.exists():
            raise CourseError(f"There is nothing at {self.submissions}")
        roster = read_roster(self.options.roster) if self.options.roster else Roster([])
        collection = collect(self.submissions, lessons, roster, self.out)
        if not collection.submissions:
            found = "".join(f"\n  {line}" for line in collection.left_out[:10])
            raise CourseError(f"{self.submissions} holds no notebook of these lessons.{found}")
        self.left_out = collection.left_out
        students = {student for student, _ in collection.submissions} | {ALL}
        for name in set(self.options.again) - students:
            close = meant(name, students)
            raise CourseError(f"{name!r} has handed in nothing to mark again.{close}")
        return collection, roster

    def _forget(self, collection: Collection, lessons: list[str], store: Store) -> None:
        """Drop the results, of the lessons that are graded, whose submissions are gone."""
        for key in store.fingerprints().keys() - collection.submissions.keys():
            if key[1] in lessons:
                store.forget(*key)
                self.forgotten += 1

    def _marked(
        self, collection: Collection, store: Store, begin: Callable[[int], None]
    ) -> Iterator[SubmissionResult]:
        """Mark what is new or has changed; what cannot be read is settled at once."""
        settings, before = self._settings(store), store.fingerprints()
        now = {key: _fingerprint(f, settings) for key, f in collection.submissions.items()}
        again = {key for key in now if now[key] != before.get(key) or key[0] in self.options.again}
        new = {key: collection.submissions[key] for key in now if key in again}
        settled = [unmarked(*k, UNREADABLE, f.refused) for k, f in new.items() if f.refused]
        self.done_before, self.total = len(now) - len(new), len(new) - len(settled)
        begin(len(new))
        for result in chain(settled, self._results(new.values(), settings)):
            key = (result.student, result.lesson)
            result.note = "; ".join(filter(None, [result.note, *new[key].notes]))
            result.seed, result.handed_in = settings.seed, _handed_in(new[key])
            # a failure of the grader itself is no result: the next run tries again
            store.save(result, new[key].where, "" if result.state == FAILED else now[key])
            yield result

    def _settings(self, store: Store) -> Settings:
        seed = store.get("seed")
        if seed is None or ALL in self.options.again:
            seed = secrets.token_hex(16)
            store.put("seed", seed)
        return Settings(
            seed=seed,
            limits=Limits(cell_seconds=self.options.seconds),
            allowed=sorted(self.options.allowed),
            confined=self.options.confined,
            crash_is_zero=self.options.crash_is_zero,
        )

    def _results(self, new: Iterable[Found], settings: Settings) -> Iterable[SubmissionResult]:
        jobs: list[Callable[[], Job]] = [partial(_job, f) for f in new if not f.refused]
        if self.options.scheduler:
            from course.grading.workers.cluster import mark_on_cluster

            return mark_on_cluster(jobs, settings, self.options.scheduler)
        return mark_here(jobs, settings, self.options.workers)


def _job(found: Found) -> Job:
    return Job(found.student, found.lesson, found.read(), found.beside)


def _fingerprint(found: Found, settings: Settings) -> str:
    """Changes when anything changes that a result depends on."""
    digest = sha256(repr(settings).encode())
    digest.update(digest_of_the_course(found.lesson).encode())
    digest.update(found.refused.encode() or found.read())
    digest.update(repr(found.beside).encode())
    return digest.hexdigest()


def _handed_in(found: Found) -> str:
    """When, as far as the system tells it: Canvas whether late, Moodle the time of the file."""
    if found.owner.kind == "identifier":
        return f"{datetime.fromtimestamp(found.changed):%Y-%m-%d %H:%M}"
    is_late = found.owner.kind == "canvas_id" and "_LATE_" in found.where.split("/")[0]
    return "late" if is_late else ""
