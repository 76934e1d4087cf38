"""What Sphinx reads is what the lessons say; nothing of them is listed by hand."""

import re
import shutil

import nbformat
import pytest
from browsing import ROOT
from PIL import Image

from course.authoring.build import write
from course.authoring.site import address, figures, reference
from course.authoring.site.lessons import in_parts, read_lessons
from course.authoring.site.notebook import FIGURES, SENTENCES, anchor, page_notebook
from course.authoring.site.pages import write_pages
from course.handed_out import BEGIN, with_blanks
from course.project import CourseError, Project

PROJECT = Project(ROOT)
LESSONS = read_lessons(PROJECT)
KNOWN = {lesson.name: lesson for lesson in LESSONS}


def solved(lesson):
    return nbformat.read(PROJECT.solutions / f"{lesson.name}.ipynb", as_version=4)


def page(lesson, folder):
    return page_notebook(solved(lesson), lesson, LESSONS, "<p>the bar</p>", folder)


def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells)


def test_every_solved_notebook_is_a_lesson_with_what_it_says_of_itself():
    assert list(KNOWN) == sorted(path.stem for path in PROJECT.solutions.glob("*.ipynb"))
    for lesson in LESSONS:
        notebook = solved(lesson)
        title, question, minutes = notebook.cells[0].source.split("\n\n")[:3]
        assert (title, question) == (f"# {lesson.title}", lesson.question)
        assert minutes.startswith(f"{lesson.minutes} minutes.")
        points = [cell.metadata.get("points", 0) for cell in notebook.cells]
        assert lesson.points == sum(points)


def test_the_parts_of_the_course_are_those_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [part for part, _ in in_parts(LESSONS)]
    listed = ["", *re.findall(r"^\| \| \*\*(.+?)\*\*", readme, re.MULTILINE)]
    assert found == listed[: len(found)]
    part_of = {lesson.number: lesson.part for lesson in LESSONS}
    assert (part_of["00"], part_of["05"]) == ("", "Part I: forward")
    assert part_of["06"] == "Part II: backward"


def test_a_lesson_without_a_question_is_refused(tmp_path):
    notebook = solved(LESSONS[0])
    notebook.cells[0].source = notebook.cells[0].source.replace("?", ".")
    write(tmp_path / "solutions" / "00_start_here.ipynb", notebook)
    with pytest.raises(CourseError, match="must open with a title, and then one question"):
        read_lessons(Project(tmp_path))


@pytest.mark.parametrize("lesson", LESSONS, ids=KNOWN)
def test_blanks_are_seen_and_solutions_folded_away_behind_the_hints(lesson, tmp_path):
    whole = text(page(lesson, tmp_path))
    folded = r'<details class="solution"><summary>Solution</summary>\n\n(.*?)</details>'
    seen = re.sub(folded, "", whole, flags=re.DOTALL)
    assert BEGIN not in whole
    student = with_blanks(solved(lesson))
    for blank, cell in zip(student.cells, solved(lesson).cells, strict=True):
        if BEGIN in cell.source:
            assert blank.source in seen
    solutions = re.findall(folded, whole, re.DOTALL)
    assert len(solutions) == sum(BEGIN in cell.source for cell in solved(lesson).cells)
    assert not any("NotImplementedError" in solution for solution in solutions)
    for exercise in lesson.exercises:
        places = [
            f":name: {anchor(exercise.name, lesson)}\n",
            f'"{exercise.name} is not written yet"',
        ]
        places += ["<summary>Hint 1", "<summary>Hint 3", "<summary>Solution"]
        places += [f"check.{exercise.name}("]
        found, end = [], 0
        for place in places:
            end = whole.index(place, end)
            found.append(end)
        assert found == sorted(found)


@pytest.mark.parametrize("lesson", LESSONS, ids=KNOWN)
def test_every_output_is_shown_but_what_is_said_of_right_guesses(lesson, tmp_path):
    def outputs(notebook):
        shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        found = [(o.output_type, without_verdict(o.get("text"))) for o in shown]
        return [output for output in found if output != ("stream", "")]

    def without_verdict(text):
        begin = "\x1b[46m\x1b[30m right \x1b[0m You guessed right: "
        before, verdict, rest = (text or "").partition(begin)
        return before + rest.partition(".\n")[2] if verdict else text

    after = outputs(page(lesson, tmp_path))
    assert after == outputs(solved(lesson))
    assert "You guessed right" not in str(after)


@pytest.mark.parametrize("lesson", LESSONS, ids=KNOWN)
def test_figures_stand_in_the_page_with_their_text_and_photographs_beside_it(lesson, tmp_path):
    def html(notebook):
        return "\n".join(
            output["data"].get("text/html", "")
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            if "data" in output
        )

    stored, whole = html(solved(lesson)), html(page(lesson, tmp_path))
    assert "<script" not in whole
    benches = whole.count("<convolution-bench")
    assert whole.count("<img") == whole.count('loading="lazy"') == benches
    assert whole.count('<svg class="drawing"') == stored.count("<img") - benches
    assert re.findall(r'(?:alt|aria-label)="((?!Figure")[^"]*)"', whole) == re.findall(
        r'alt="([^"]*)"', stored
    )
    assert max(map(len, re.findall(r"data:image[^']*", whole)), default=0) < 5000
    for name in re.findall(rf"\.\./{FIGURES}/([\w.]+)", whole):
        if not name.endswith(".svg"):
            assert min(Image.open(tmp_path / name).size) > 20


def test_only_what_checks_say_is_broken_into_lines(tmp_path):
    for cell in page(KNOWN["07_backward_bias_and_weights"], tmp_path).cells:
        assert (SENTENCES in cell.metadata.get("tags", [])) == ("check" in cell.metadata)


def test_a_lesson_opens_with_links_to_what_it_builds_on_and_its_bar(tmp_path):
    for lesson in LESSONS:
        opening = page(lesson, tmp_path).cells[0].source.split("\n\n")
        assert opening[0] == f"# {lesson.number} {lesson.title}"
        assert opening[1] == f'<p class="lead">{lesson.question}</p>'
        for name in lesson.builds_on:
            assert f"[{KNOWN[name].heading}]({name}.ipynb)" in opening[2]
        assert opening[3] == "<p>the bar</p>"


def test_the_card_for_social_media_has_the_size_they_ask_for(tmp_path):
    (tmp_path / "card.png").write_bytes(figures.social_card("A title"))
    assert Image.open(tmp_path / "card.png").size == (1200, 630)


def test_the_reference_shows_every_name_that_the_packages_offer():
    from course import convolution, data, nn, show

    shown = {part.name: part for part in reference.parts(LESSONS)}
    for package in (convolution, data, nn, show):
        names = [e.name for section in shown[package.__name__].sections for e in section.entries]
        assert sorted(names) == sorted(f"{package.__name__}.{n}" for n in package.__all__)
    [check] = [e for s in shown["course.checks"].sections for e in s.entries]
    assert check.name == "course.checks.self_check.Check"
    names = [e.name for s in shown["course.gradcheck"].sections for e in s.entries]
    assert names[:2] == ["course.gradcheck.numerical_gradient", "course.gradcheck.relative_error"]


def test_the_reference_has_the_order_of_the_lessons_and_each_exercise_its_own():
    from course.checks import EXERCISES

    sections = reference.in_order_of_lessons(reference.parts(LESSONS))
    numbers = [section.lesson.number for section in sections if section.lesson]
    assert numbers == sorted(set(numbers))
    assert all(section.lesson for section in sections[:-1]), "what has no lesson comes last"
    lesson_of = {e.name.rpartition(".")[2]: e.lesson for s in sections for e in s.entries}
    same = [e for e in EXERCISES.values() if e.name in lesson_of]
    assert len(same) > 20
    for exercise in same:
        assert lesson_of[exercise.name].name == exercise.lesson
    windows = [e.name.rpartition(".")[2] for s in sections for e in s.entries]
    assert windows.index("im2col") < windows.index("col2im") < windows.index("conv_forward")


@pytest.mark.parametrize(
    ("repository", "site", "prefix"),
    [
        ("Someone/course", "https://someone.github.io/course/", "/course/"),
        ("someone/someone.github.io", "https://someone.github.io/", "/"),
    ],
)
def test_the_sites_address_follows_from_the_repository(repository, site, prefix):
    found = address.Address(repository, "main")
    assert (found.site, found.prefix) == (site, prefix)


@pytest.mark.slow
def test_without_a_published_address_no_page_links_to_one(monkeypatch, tmp_path):
    def texts(folder):
        write_pages(PROJECT, folder)
        paths = sorted((folder / "pages").rglob("*.*"))
        pages = [path for path in paths if path.stem not in ("authors", "changelog")]
        return "\n".join(path.read_text(encoding="utf-8") for path in pages)

    linked = ("mybinder.org", "colab.research.google.com", "git clone", "github.com/someone/fork")
    monkeypatch.delenv(address.REPOSITORY_VARIABLE, raising=False)
    placeholder = address.Address(address.PLACEHOLDER, "main")
    if address.read_address(ROOT / "site" / "address.toml") == placeholder:
        unpublished = texts(tmp_path / "unpublished")
        assert not any(part in unpublished for part in linked)
        assert "make lab" in unpublished
    monkeypatch.setenv(address.REPOSITORY_VARIABLE, "someone/fork")
    published = texts(tmp_path / "published")
    assert all(part in published for part in linked)
    ask = {"module": "course.gradcheck", "fullname": "relative_error"}
    assert reference.source_links(placeholder)("py", ask) is None
    assert reference.source_links(address.Address("someone/fork", "main"))("py", ask)


@pytest.mark.slow
def test_every_lesson_has_its_week(tmp_path):
    write_pages(PROJECT, tmp_path)
    guide = (tmp_path / "pages" / "instructors.md").read_text(encoding="utf-8")
    plan = guide.partition("\n## Week by week\n")[2].partition("\n## ")[0]
    assert re.findall(r"\(lessons/(\w+)\.ipynb\)", plan) == list(KNOWN)
    rows = re.findall(r"^\| (?:\d+|more) \|.*\| (\d+) \| (\d+) \|[^|]+\|$", plan, re.MULTILINE)
    minutes, points = (sum(map(int, column)) for column in zip(*rows, strict=True))
    assert minutes == sum(lesson.minutes for lesson in LESSONS)
    assert points == sum(lesson.points for lesson in LESSONS)


def test_links_to_notebooks_are_made_in_one_place(monkeypatch):
    monkeypatch.setenv(address.REPOSITORY_VARIABLE, "someone/fork")
    found = address.read_address(ROOT / "site" / "address.toml")
    assert found.repository == "someone/fork"
    path = "notebooks/03_im2col.ipynb"
    assert found.binder("03_im2col").endswith(
        f"/gh/someone/fork/{found.branch}?urlpath=lab/tree/{path}"
    )
    assert found.for_pip == f"git+https://github.com/someone/fork@{found.branch}"
    assert found.colab("03_im2col").endswith(f"/github/someone/fork/blob/{found.branch}/{path}")
    monkeypatch.delenv(address.REPOSITORY_VARIABLE)
    repository = address.read_address(ROOT / "site" / "address.toml").repository
    for file in (ROOT / "site").rglob("*.*"):
        if file.suffix in (".md", ".html", ".py", ".rst"):
            assert repository not in file.read_text(encoding="utf-8"), file


@pytest.mark.slow
def test_a_removed_lesson_disappears(tmp_path):
    for folder in ("site", "notebooks", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    project, last = Project(tmp_path), f"{LESSONS[-1].name}.ipynb"
    page = tmp_path / "work" / "pages" / "lessons" / last
    write_pages(project, tmp_path / "work")
    assert page.exists()
    (project.solutions / last).unlink()
    write_pages(project, tmp_path / "work")
    assert not page.exists()


@pytest.mark.slow
def test_pages_that_have_not_changed_are_not_written_again(tmp_path):
    write_pages(PROJECT, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "pages").rglob("*.*")}
    write_pages(PROJECT, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "pages").rglob("*.*")} == before
