"""junit.xml: a suite for each lesson, a case for each exercise of each student."""

import re
from pathlib import Path
from xml.etree import ElementTree

from course.grading.reports.gradebook import Gradebook
from course.grading.results import (
    CRASHED,
    DECIDED,
    EXCUSED,
    HELD,
    MARKED,
    MISSING,
    NOT_ATTEMPTED,
    NOT_SUBMITTED,
    RIGHT,
    ExerciseResult,
    SubmissionResult,
)

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(book: Gradebook, path: Path) -> None:
    """Write the file. What nobody has decided is an error or skipped, never a failure."""
    suites = ElementTree.Element("testsuites", name="course grade")
    for lesson in book.lessons:
        suite = ElementTree.SubElement(suites, "testsuite", name=lesson)
        if not book.is_confined:
            properties = ElementTree.SubElement(suite, "properties")
            warning = {"name": "warning", "value": "marked without a sandbox"}
            ElementTree.SubElement(properties, "property", warning)
        results = [r for r in book.results if r.lesson == lesson]
        cases = [_case(suite, r, e) for r in results for e in r.exercises]
        kinds = ("failure", "error", "skipped")
        counts = {kind: sum(c.find(kind) is not None for c in cases) for kind in kinds}
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(counts["failure"]))
        suite.set("errors", str(counts["error"]))
        suite.set("skipped", str(counts["skipped"]))
        suite.set("time", f"{sum(r.seconds for r in results):.2f}")
    ElementTree.indent(suites)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _case(
    suite: ElementTree.Element, r: SubmissionResult, e: ExerciseResult
) -> ElementTree.Element:
    case = ElementTree.SubElement(
        suite, "testcase", classname=_text(r.student), name=e.exercise, time="0"
    )
    state = e.state if r.state == MARKED else r.state
    if r.state == MARKED and (state == RIGHT or (state == DECIDED and e.points == e.most)):
        return case
    kind = "failure"
    if state in (NOT_SUBMITTED, NOT_ATTEMPTED, MISSING, HELD, EXCUSED):
        kind = "skipped"
    elif r.state != MARKED or state == CRASHED:
        kind = "error"
    told = _text("; ".join(filter(None, [state, e.mistake, e.what, r.note])))
    element = ElementTree.SubElement(case, kind)
    if kind == "skipped":
        element.text = told  # older schemas allow it no attribute
    else:
        element.attrib.update(message=told, type=state)
        element.text = _text("\n".join(filter(None, [e.explanation, e.hint])))
    return case


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
