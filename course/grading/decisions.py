"""decisions.csv: what the instructor has decided. Every run applies it; nothing overwrites it."""

import csv
import re
from pathlib import Path

from course.grading.results import DECIDED, EXCUSED, MARKED, SubmissionResult, cell, meant
from course.grading.submissions.roster import rows_of
from course.running.results import HELD, RIGHT, WRONG, ExerciseResult

COLUMNS = ("student", "lesson", "exercise", "points", "excused", "allow", "comment")
ALL, BY_INSTRUCTOR = "all", "your instructor: "
_EXCUSED = dict.fromkeys(("yes", "y", "true", "x", "1"), True)
_EXCUSED |= dict.fromkeys(("", "no", "n", "false", "0"), False)


def decide(path: Path, results: list[SubmissionResult]) -> list[str]:
    """Apply the decisions to the results, one by one; return what is wrong, line by line."""
    wrong: list[str] = []
    try:
        if not path.exists():  # on a full disk, either wholly or not at all
            begun = path.with_suffix(".new")
            begun.write_text(",".join(COLUMNS) + "\n", encoding="utf-8-sig")
            begun.replace(path)
        reader = rows_of(path.read_bytes())
    except OSError as error:
        return [f"{path} cannot be read: {error.strerror}"]
    by_key = {(r.student, r.lesson): r for r in results}
    try:
        reader.fieldnames = [name.strip().casefold() for name in reader.fieldnames or ()]
        if not set(COLUMNS[:3]) <= set(reader.fieldnames):
            raise csv.Error(f"the first line has to be {','.join(COLUMNS)}")
        for row in reader:
            try:
                _apply(row, by_key)
            except ValueError as error:
                wrong.append(f"{path.name}, line {reader.line_num}: {error}")
    except csv.Error as error:
        wrong.append(f"{path.name}: {error}; its columns are {','.join(COLUMNS)}")
    return wrong


def _apply(row: dict, by_key: dict[tuple[str, str], SubmissionResult]) -> None:
    """Apply one row. Raises ValueError, with what would be right."""
    if row.get(None):
        raise ValueError(f"it has more than the {len(COLUMNS)} columns {', '.join(COLUMNS)}")
    row = dict.fromkeys(COLUMNS, "") | {k: (v or "").strip() for k, v in row.items()}
    student = _student(row["student"], {s for s, _ in by_key})
    result = by_key[student, _lesson(row["lesson"], sorted({name for _, name in by_key}))]
    names = [e.exercise for e in result.exercises]
    if row["exercise"] not in (*names, ALL):
        raise ValueError(f"exercise must be {', '.join(names)} or {ALL}, not {row['exercise']!r}")
    chosen = [e for e in result.exercises if row["exercise"] in (ALL, e.exercise)]
    most = sum(e.most for e in chosen)
    points, excused = _points(row["points"], most), _EXCUSED.get(row["excused"].casefold())
    if excused is None:
        raise ValueError(f"excused must be yes or no, not {row['excused']!r}")
    allowed = set(re.findall(r"[^\s;,]+", row["allow"]))
    if points is not None and excused:
        raise ValueError("give points or excused, not both")
    if points is None and not (excused or allowed or row["comment"]):
        raise ValueError("it says nothing: give points, excused, allow or a comment")
    if allowed:
        _allow(chosen, allowed)
    for e in chosen:
        if points is not None or excused:
            _settle(e, points * e.most / most if points else 0.0, excused)
        if row["comment"]:
            e.notes.append(f"{BY_INSTRUCTOR}{row['comment']}")
    if result.state != MARKED and not result.undecided:
        result.note, result.state = f"{result.state}; {result.note}".strip("; "), MARKED


def _student(word: str, students: set[str]) -> str:
    """Who is called so, or is in a table."""
    called = {cell(student): student for student in students} | {s: s for s in students}
    if word not in called:
        raise ValueError(f"no student is called {word!r}.{meant(word, called)}")
    return called[word]


def _lesson(word: str, names: list[str]) -> str:
    for name in names:
        if word in (name, name[3:], name[:2]) or word.zfill(2) == name[:2]:
            return name
    raise ValueError(f"lesson must be {' or '.join(names)}, not {word!r}")


def _points(text: str, most: float) -> float | None:
    if not text:
        return None
    is_number = re.fullmatch(r"\d+[.,]?\d*|[.,]\d+", text)
    points = float(text.replace(",", ".")) if is_number else -1.0
    if not 0 <= points <= most:
        raise ValueError(f"points must be a number from 0 to {most:g}, not {text!r}")
    return points


def _allow(chosen: list[ExerciseResult], allowed: set[str]) -> None:
    """What is held only for what is allowed counts as its cases say."""
    held = [e for e in chosen if e.state == HELD]
    names = {text.split()[0] for e in held for text in e.suspicions}
    if not names & allowed:
        reason = f"held for {', '.join(sorted(names))}" if names else "not held"
        raise ValueError(f"allow names nothing that matters: it is {reason}")
    for e in held:
        e.suspicions = [text for text in e.suspicions if text.split()[0] not in allowed]
        if not e.suspicions:
            e.points, e.would_be = e.would_be, None
            e.state = RIGHT if e.points == e.most else WRONG
            e.notes.append(f"allowed by your instructor: {', '.join(sorted(allowed))}")


def _settle(e: ExerciseResult, points: float, excused: bool) -> None:
    e.notes.append(f"found by the grader: {e.state}")
    e.state, e.points, e.would_be = EXCUSED if excused else DECIDED, points, None
    e.most = 0.0 if excused else e.most
