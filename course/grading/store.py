"""All results in one SQLite file, from which every report is made."""

import json
import sqlite3
from pathlib import Path

from course.grading.results import SubmissionResult
from course.grading.submissions.roster import Student
from course.project import CourseError

VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS students (student TEXT PRIMARY KEY, fields TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS submissions (
    student TEXT NOT NULL,
    lesson TEXT NOT NULL,
    file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    points REAL,
    most REAL NOT NULL,
    result TEXT NOT NULL,
    times_marked INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (student, lesson)
);
CREATE TABLE IF NOT EXISTS exercises (
    student TEXT NOT NULL,
    lesson TEXT NOT NULL,
    exercise TEXT NOT NULL,
    state TEXT NOT NULL,
    points REAL,
    most REAL NOT NULL,
    mistake TEXT NOT NULL,
    PRIMARY KEY (student, lesson, exercise),
    FOREIGN KEY (student, lesson) REFERENCES submissions (student, lesson) ON DELETE CASCADE
);
"""


class Store:
    """The results of a run. Each is written as soon as it is known, wholly or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.database = sqlite3.connect(path, timeout=30, isolation_level=None)
            self.database.execute("PRAGMA foreign_keys = ON")
            self.database.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise CourseError(f"{path} holds no results of course grade: {error}") from error

    def _prepare(self) -> None:
        [version] = self.database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            # two runs may find the file empty at once: one waits, and finds the tables there
            self.database.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
            )
        elif version != VERSION:
            raise CourseError(
                f"{self.path} was written by another version of the course. Choose another folder."
            )

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def get(self, key: str) -> str | None:
        """A fact about the run."""
        row = self.database.execute("SELECT value FROM run WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        """Remember a fact about the run."""
        self.database.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (key, value))

    def put_students(self, students: list[Student]) -> None:
        """Remember who is in the class, and nobody else."""
        rows = [(s.key, json.dumps(s.fields)) for s in students]
        with self.database:
            self.database.execute("BEGIN")
            self.database.execute("DELETE FROM students")
            self.database.executemany("INSERT OR REPLACE INTO students VALUES (?, ?)", rows)

    def students(self) -> list[Student]:
        """Who is in the class, in order."""
        rows = self.database.execute("SELECT student, fields FROM students ORDER BY student")
        return [Student(key, json.loads(fields)) for key, fields in rows]

    def fingerprints(self) -> dict[tuple[str, str], str]:
        """What has been marked: by student and lesson, a digest of all that decided the result."""
        rows = self.database.execute("SELECT student, lesson, fingerprint FROM submissions")
        return {(student, lesson): fingerprint for student, lesson, fingerprint in rows}

    def forget_all_but(self, keys: set[tuple[str, str]]) -> None:
        """Drop results of files that are no longer there."""
        for student, lesson in set(self.fingerprints()) - keys:
            self.database.execute(
                "DELETE FROM submissions WHERE student = ? AND lesson = ?", (student, lesson)
            )

    def save(self, result: SubmissionResult, file: str, fingerprint: str) -> None:
        """Write one result down."""
        key = (result.student, result.lesson)
        with self.database:
            self.database.execute("BEGIN")
            times = self.database.execute(
                "SELECT times_marked FROM submissions WHERE student = ? AND lesson = ?", key
            ).fetchone()
            self.database.execute("DELETE FROM submissions WHERE student = ? AND lesson = ?", key)
            points = result.points if result.is_final else None
            count = times[0] + 1 if times else 1
            row = (*key, file, fingerprint, result.state, points, result.most)
            self.database.execute(
                "INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, json.dumps(result.as_dict()), count),
            )
            self.database.executemany(
                "INSERT INTO exercises VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (*key, e.exercise, e.state, e.points, e.most, e.mistake)
                    for e in result.exercises
                ],
            )

    def results(self) -> list[SubmissionResult]:
        """Everything, by lesson and student."""
        rows = self.database.execute("SELECT result FROM submissions ORDER BY lesson, student")
        return [SubmissionResult.from_dict(json.loads(row[0])) for row in rows]
