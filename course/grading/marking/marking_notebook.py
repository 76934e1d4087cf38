"""The instructor's notebook with a student's answers in it, ready for nbval."""

import ast
import json
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from course.grading.marking.answers import Answer
from course.grading.marking.curriculum import Lesson, Task
from course.grading.marking.names import Statement, gather, statements
from course.grading.marking.suspicions import spoils_its_kernel

CONTEXT, ANSWER, CHECK, GIVEN = "context", "answer", "check", "given"


@dataclass(frozen=True)
class Material:
    """What a marking notebook is made of."""

    lesson: Lesson
    answers: dict[str, Answer]
    helpers: list[Statement]


def marking_notebook(material: Material) -> NotebookNode:
    """For each exercise: what the lesson gives, the answer, and a place for the graded check.

    After a check the course's version of the exercise is put in, where a later one needs it: a
    wrong answer costs its own exercise alone.
    """
    cells, done = [], set()
    for task in material.lesson.tasks:
        name = task.exercise.name
        answer = material.answers[name]
        given = [earlier for earlier in task.given if earlier not in done]
        done |= set(given)
        for earlier in given:
            cells.append(_given(material.lesson, earlier, name))
        if answer.missing:
            continue
        from_lesson, from_student = surroundings(task, answer, material)
        context = [_try(statement.source) for statement in (*from_lesson, *from_student)]
        if context:
            cells.append(_cell(CONTEXT, name, "\n".join(context)))
        whole = whole_answer(answer, from_student)
        cells.append(_cell(ANSWER, name, answer.source, spoils_its_kernel(whole)))
        cells.append(_cell(CHECK, name, f"# the graded check of {name}"))
    return new_notebook(cells=cells)


def whole_answer(answer: Answer, from_student: list[Statement]) -> str:
    """All that a student has written for an exercise: the answer, and what it needs."""
    return "\n".join([*(s.source for s in from_student), answer.source])


def _cell(role: str, exercise: str, source: str, spoils: bool = False) -> NotebookNode:
    number = f"{role}-{exercise}".replace("_", "-")
    metadata = {"role": role, "exercise": exercise, "spoils": spoils}
    return new_code_cell(source, metadata=metadata, id=number[:64])


def surroundings(
    task: Task, answer: Answer, material: Material
) -> tuple[list[Statement], list[Statement]]:
    """What the answer needs from the lesson, and what from the student's other cells."""
    own = statements(answer.source)
    wanted = set().union(*(s.needs for s in own)) - set().union(*(s.defines for s in own))
    wanted -= {t.exercise.answer_name for t in material.lesson.tasks}
    from_lesson, missing = gather(wanted, list(task.context))
    from_student, _ = gather(missing, material.helpers)
    still_wanted = set().union(*(s.needs for s in from_student)) - missing
    also_from_lesson, _ = gather(still_wanted, list(task.context))
    both = [s for s in task.context if s in from_lesson or s in also_from_lesson]
    return both, from_student


def _try(source: str) -> str:
    """A statement that may fail, as when the sandbox does not have what it imports."""
    node = ast.parse("try:\n    pass\nexcept Exception:\n    pass")
    node.body[0].body = ast.parse(source).body  # type: ignore[attr-defined]
    return ast.unparse(node)


def _given(lesson: Lesson, earlier: str, exercise: str) -> NotebookNode:
    modules = dict(lesson.given[earlier])
    imported = modules.pop("")
    sent = json.dumps(modules)
    source = (
        f"import course_inside.trial as _trial\n_trial.install({sent!r})\n{imported}\ndel _trial"
    )
    cell = _cell(GIVEN, exercise, source)
    cell.id = f"given-{earlier}-{exercise}".replace("_", "-")[:64]
    return cell
