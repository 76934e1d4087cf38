"""All results in one SQLite file, from which every report is made. Nothing is lost in it."""

import errno
import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

from course.grading.results import SubmissionResult
from course.grading.submissions.roster import Student
from course.project import CourseError

VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, begun TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS students (student TEXT PRIMARY KEY, fields TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    student TEXT NOT NULL,
    lesson TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (run),
    file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (student, lesson, run)
);
"""
# The first version kept one result of a student and lesson. Who handed in nothing had one, too.
_FROM_1 = """
INSERT INTO runs VALUES (1, datetime('now'));
INSERT INTO results SELECT student, lesson, 1, file, fingerprint,
    json_set(result, '$.seed', coalesce((SELECT value FROM run WHERE key = 'seed'), ''))
    FROM submissions WHERE state != 'not submitted';
DROP TABLE exercises; DROP TABLE submissions;
"""


class Store:
    """What became of submissions, run by run. Each result is written wholly or not at all."""

    def __init__(self, path: Path) -> None:
        self.path, self.run = path, 0
        try:
            self.database = sqlite3.connect(path, timeout=30, isolation_level=None)
            self.database.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except sqlite3.DatabaseError as error:
            if is_full(error):
                raise
            raise CourseError(f"{path} holds no results of course grade: {error}") from error

    def _prepare(self) -> None:
        if self._version() < VERSION:
            # two runs may find the file empty at once: one waits, and finds the tables there
            self.database.execute("BEGIN IMMEDIATE")
            missing = {0: _SCHEMA, 1: _SCHEMA + _FROM_1}.get(self._version(), "")
            for statement in f"{missing} PRAGMA user_version = {VERSION}".split(";"):
                self.database.execute(statement)
            self.database.execute("COMMIT")
        if self._version() > VERSION:
            raise CourseError(f"{self.path} was written by a newer version of the course.")

    def _version(self) -> int:
        return int(self.database.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def get(self, key: str) -> str | None:
        """A fact about the runs."""
        return dict(self.database.execute("SELECT key, value FROM run")).get(key)

    def put(self, key: str, value: str) -> None:
        """Remember a fact about the runs."""
        self.database.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (key, value))

    def put_students(self, students: list[Student]) -> None:
        """Remember who is in the class, and of others only those who have results."""
        before = {s.key: s.fields for s in self.students()}
        rows = [(s.key, json.dumps(before.get(s.key, {}) | s.fields)) for s in students]
        with self.database:
            self.database.execute("BEGIN")
            gone = "student NOT IN (SELECT student FROM results)"
            self.database.execute(f"DELETE FROM students WHERE {gone}")
            self.database.executemany("INSERT OR REPLACE INTO students VALUES (?, ?)", rows)

    def students(self) -> list[Student]:
        """Who is in the class, in order."""
        rows = self.database.execute("SELECT student, fields FROM students ORDER BY student")
        return [Student(key, json.loads(fields)) for key, fields in rows]

    def fingerprints(self) -> dict[tuple[str, str], str]:
        """What has been marked: by student and lesson, a digest of all that decided the result."""
        return {(row[0], row[1]): row[2] for row in self._latest("fingerprint")}

    def _latest(self, column: str) -> sqlite3.Cursor:
        """With max(), SQLite takes the other columns from the row that has the most."""
        return self.database.execute(
            f"SELECT student, lesson, {column}, max(run) FROM results "
            "GROUP BY lesson, student ORDER BY lesson, student"
        )

    def forget(self, student: str, lesson: str) -> None:
        """Drop what every run has found for a student and lesson."""
        key = (student, lesson)
        self.database.execute("DELETE FROM results WHERE student = ? AND lesson = ?", key)

    def save(self, result: SubmissionResult, file: str, fingerprint: str) -> None:
        """Write one result down, beside those of earlier runs."""
        key = (result.student, result.lesson)
        with self.database:
            self.database.execute("BEGIN IMMEDIATE")
            if not self.run:
                begin = "INSERT INTO runs (begun) VALUES (datetime('now'))"
                self.run = int(self.database.execute(begin).lastrowid or 0)
            row = (*key, self.run, file, fingerprint, json.dumps(asdict(result)))
            self.database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", row)

    def results(self) -> list[SubmissionResult]:
        """The newest of everything, by lesson and student."""
        return [SubmissionResult.from_dict(json.loads(row[2])) for row in self._latest("result")]


def is_full(error: Exception) -> bool:
    """Whether it says that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
