"""Exercises and predictions in the pages, as readers of the site meet them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import ROOT, served, watched_page

from course.authoring.site.lessons import read_lessons
from course.checks import EXERCISES
from course.project import Project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
WITH_EXERCISES = [lesson for lesson in read_lessons(Project(ROOT)) if lesson.exercises]
LESSON, NAME = "01_convolution_by_hand", "correlate2d"
MINUTES = 180_000
"""Milliseconds that Python may take to start where others use the machine, too."""
KEPT = "convolution-course/{}/answer/{}"


@pytest.fixture
def page(chromium, lively, request):
    """A lesson's page with nothing written in it; all that it asks for comes from its own host."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    lesson = getattr(request, "param", LESSON)
    page = watched(context, lively, lesson)
    yield page
    assert not [url for url in page.asked if not url.startswith((lively, "blob:"))]
    assert not page.wrong
    context.close()


def watched(context, address, lesson=LESSON):
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(f"{address}lessons/{lesson}.html")
    page.wait_for_selector(".answered.is-live")
    return page


def box(page, name=NAME):
    return page.locator(f'[data-exercise="{name}"]')


def enter(page, text, name=NAME):
    """Click into the plain field and, once the editor stands there, replace all of its text."""
    box(page, name).locator("textarea, .cm-content").click()
    box(page, name).locator(".cm-content").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def write_elsewhere(page, name, text, lesson=LESSON):
    """What comes in when the same exercise is written in another tab."""
    key = KEPT.format(lesson, name)
    page.evaluate(
        """([key, newValue]) => {
            localStorage.setItem(key, newValue);
            dispatchEvent(new StorageEvent("storage", { key, newValue }));
        }""",
        [key, text],
    )


def checked(page, name=NAME):
    """Press Check, and return (the state, all that is said)."""
    box(page, name).locator(".exercise-check").click()
    page.wait_for_function(
        "name => !document.querySelector(`[data-exercise='${name}'] .exercise-check`).disabled",
        arg=name,
        timeout=MINUTES,
    )
    said = [
        box(page, name).locator(part).text_content()
        for part in (".exercise-status", "pre >> nth=-1")
    ]
    return box(page, name).get_attribute("data-state"), flat(" ".join(said))


def flat(text):
    return " ".join(text.split())


def solution(name):
    return EXERCISES[name].solutions[0].text


def wrong(name):
    mistake = EXERCISES[name].mistakes[0]
    return mistake.forms[0].text, mistake.explanation


def test_a_student_does_an_exercise_in_the_page(page, lively, tmp_path):
    assert not [url for url in page.asked if "pyodide" in url or "codemirror" in url]
    text, explanation = wrong(NAME)
    enter(page, text)
    state, said = checked(page)
    assert state == "wrong"
    assert flat(explanation) in said
    assert [url for url in page.asked if url.endswith("pyodide.asm.wasm")]
    box(page).get_by_text("Draw this case").click()
    box(page).locator("convolution-bench").wait_for()

    enter(page, "def correlate2d(x, w, b=0.0):\n    while True:\n        pass\n")
    _, said = checked(page)
    assert "did not end within ten seconds" in said
    assert "while True" in box(page).locator(".cm-content").inner_text()

    enter(page, solution(NAME))
    state, said = checked(page)
    assert state == "right"
    assert "4 of 4 points" in said

    page.reload()
    page.wait_for_selector(".answered.is-live")
    assert box(page).locator("textarea").input_value() == solution(NAME)
    assert box(page).get_attribute("data-state") == "right"
    with page.expect_download() as download:
        page.get_by_text("Save as notebook").click()
    assert is_right_for_course_check(download.value.path(), tmp_path)
    page.goto(f"{lively}lessons/index.html")
    reached = page.locator("a[href*='exercise-01-correlate2d'] + .reached")
    assert "right" in reached.text_content()


def is_right_for_course_check(notebook, folder):
    """Whether `course check` says that all exercises of a saved notebook are right."""
    project = Project(folder)
    project.mark()
    project.notebooks.mkdir()
    shutil.copyfile(notebook, project.notebooks / f"{LESSON}.ipynb")
    command = [sys.executable, "-m", "course", "check", LESSON]
    said = subprocess.run(command, cwd=project.notebooks, capture_output=True, text=True)
    return said.returncode == 0


def test_two_tabs_do_not_overwrite_each_other(page, lively):
    other = watched(page.context, lively, "02_stride_padding_size")
    third = watched(page.context, lively, "02_stride_padding_size")
    other.evaluate("document.querySelector('[data-exercise=pad2d] textarea').scrollIntoView()")
    enter(other, "of the second tab", "pad2d")
    enter(third, "of the third tab", "output_size")
    other.wait_for_function(
        "document.querySelector('[data-exercise=output_size] textarea').value.includes('third tab')"
    )
    third.reload()
    third.wait_for_selector(".answered.is-live")
    assert "second tab" in box(third, "pad2d").locator("textarea").input_value()
    assert "third tab" in box(third, "output_size").locator("textarea").input_value()


def test_a_notebook_with_cells_of_its_own_is_opened_run_and_saved_with_them(page, tmp_path):
    notebook = json.loads((ROOT / "notebooks" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    place = next(k for k, c in enumerate(notebook["cells"]) if c["metadata"].get("exercise"))
    body = solution(NAME).replace("def correlate2d", "def helper")
    own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "source": body}
    answer = "def correlate2d(x, w, b=0.0):\n    return helper(x, w, b)\n"
    notebook["cells"][place]["source"] = answer
    notebook["cells"].insert(place, {**own, "execution_count": None})
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with page.expect_navigation():
        page.locator("input[type=file]").set_input_files(tmp_path / "mine.ipynb")
    page.wait_for_selector(".answered.is-live")
    assert checked(page)[0] == "right"
    with page.expect_download() as download:
        page.get_by_text("Save as notebook").click()
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert "own" in [cell["id"] for cell in saved["cells"]]


def test_a_notebook_of_another_lesson_is_not_opened(page):
    page.locator("input[type=file]").set_input_files(ROOT / "notebooks" / "03_im2col.ipynb")
    page.get_by_text("This notebook was not opened").wait_for()


def test_hints_come_one_by_one_and_the_solution_after_a_question(page):
    hints = page.locator("details", has_text="Hint").filter(has_not=page.locator(".answered"))
    first, second = (hints.filter(has_text=f"Hint {k}:").first for k in (1, 2))
    assert first.is_visible()
    assert second.is_hidden()
    first.locator("summary").click()
    second.wait_for()
    after = page.locator('[data-exercise="correlate2d"] ~ details.solution').first
    after.locator("summary").click()
    assert not after.evaluate("fold => fold.open")
    page.get_by_text("Show it").click()
    assert after.evaluate("fold => fold.open")


def test_a_prediction_gives_its_reason_first_and_its_answer_second(page):
    guess = page.locator('[data-prediction="first-output"]')
    fold = page.locator('.after-guess[data-of="first-output"]')
    guess.locator("input").fill("1")
    guess.locator("input").press("Enter")
    assert re.match(r"Not 1\. .{20,} Guess again\.", guess.locator(".guess-said").inner_text())
    assert not fold.evaluate("fold => fold.open")
    guess.locator("input").fill("2")
    guess.locator("input").press("Enter")
    assert "You guessed 2, and it is 6." in guess.locator(".guess-said").inner_text()
    assert fold.evaluate("fold => fold.open")


@pytest.mark.parametrize("scripts", [True, False])
def test_no_prediction_shows_its_answer_before_a_guess(chromium, lively, scripts):
    context = chromium.new_context(java_script_enabled=scripts)
    page = context.new_page()
    for lesson in read_lessons(Project(ROOT)):
        page.goto(f"{lively}lessons/{lesson.name}.html")
        assert "You guessed" not in page.locator("article").inner_text(), lesson.name
        assert not page.locator(".after-guess[open]").count()
        assert not page.locator(".answered details.solution[open]").count()
        solved = json.loads((ROOT / "solutions" / f"{lesson.name}.ipynb").read_text("utf-8"))
        judged = [c for c in solved["cells"] if "check.predicted(" in "".join(c["source"])]
        assert page.locator(".after-guess").count() == len(judged)
    context.close()


def test_guesses_are_compared_as_python_compares_them(page):
    same = [("6", "6.0"), ("(4, 4)", "4,4"), ("(4,)", "[4]"), ("[0, 1]", "[[0, 1]]"[1:-1])]
    same += [('"random"', "random"), ("1e-5", "0.00001"), (".5", "0.5"), ("x,dy", '"x, dy"')]
    other = [("6", "5"), ("(4, 4)", "(4,)"), ("4", "(4,)"), ("random", "ones"), ("", "6")]
    for pairs, expected in ((same, True), (other, False)):
        for guess, answer in pairs:
            found = page.evaluate(
                "async ([guess, answer]) => (await import(new URL('../_static/exercises/"
                "prediction.js', location))).isSame(guess, answer)",
                [guess, answer],
            )
            assert found is expected, (guess, answer)


def test_a_second_visit_needs_no_network(chromium, with_python):
    context = chromium.new_context()
    with served(with_python) as address:
        page = watched(context, address)
        enter(page, solution(NAME))
        assert checked(page)[0] == "right"
        page.goto(f"{address}lessons/index.html")
        page.wait_for_load_state("networkidle")
    for name in (f"lessons/{LESSON}.html", "lessons/index.html"):  # nobody answers any more
        page.goto(f"{address}{name}")
    page.goto(f"{address}lessons/{LESSON}.html")
    page.wait_for_selector(".answered.is-live")
    text, explanation = wrong(NAME)
    enter(page, text)
    assert flat(explanation) in checked(page)[1]
    context.close()


def test_without_webassembly_the_page_reads_as_before(chromium, lively):
    with watched_page(chromium) as page:
        page.add_init_script("delete globalThis.WebAssembly")
        page.goto(f"{lively}lessons/{LESSON}.html")
        assert not page.locator("textarea").count()
        assert "YOUR CODE HERE" in box(page).inner_text()


@pytest.mark.parametrize(
    ("page", "lesson"),
    [(lesson.name, lesson) for lesson in WITH_EXERCISES],
    indirect=["page"],
    ids=[lesson.number for lesson in WITH_EXERCISES],
)
def test_every_exercise_names_a_mistake_and_takes_the_right_answer(page, lesson):
    for exercise in lesson.exercises:
        text, explanation = wrong(exercise.name)
        write_elsewhere(page, exercise.name, text, lesson.name)
        state, said = checked(page, exercise.name)
        assert state == "wrong", (exercise.name, said)
        assert flat(explanation) in said, (exercise.name, said)
        write_elsewhere(page, exercise.name, solution(exercise.name), lesson.name)
        state, said = checked(page, exercise.name)
        assert state == "right", (exercise.name, said)
        assert f"{exercise.points} of {exercise.points} points" in said
