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
        places = [f"({anchor(exercise.name, lesson)})=", f'"{exercise.name} is not written yet"']
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
def test_figures_are_files_of_the_size_that_they_have_on_the_page(lesson, tmp_path):
    whole = "\n".join(
        output["data"].get("text/html", "")
        for cell in page(lesson, tmp_path).cells
        for output in cell.get("outputs", [])
        if "data" in output
    )
    assert "data:image" not in whole
    assert "<script" not in whole
    assert whole.count("<img") == whole.count('loading="lazy"')
    pattern = rf'width="(\d+)" height="(\d+)" [^>]*src="\.\./{FIGURES}/([\w.]+)"'
    for width, height, name in re.findall(pattern, whole):
        if name.endswith(".svg"):
            assert f'width="{width}" height="{height}"' in (tmp_path / name).read_text()
            continue
        image = Image.open(tmp_path / name)
        assert int(height) == pytest.approx(int(width) * image.height / image.width, abs=0.5)
    assert len(re.findall(pattern, whole)) == whole.count("<img")


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
    (tmp_path / "card.png").write_bytes(figures.social_card())
    assert Image.open(tmp_path / "card.png").size == (1200, 630)


def test_the_reference_shows_every_name_that_the_packages_offer():
    from course import checks, convolution, nn, show

    shown = reference.parts()
    for package in (checks, convolution, nn, show):
        names = [entry.name for entry in shown[package.__name__.partition(".")[2]][0].entries]
        assert names == package.__all__
    assert "cli" not in shown
    assert "Result" not in {entry.name for s in shown["convolution"] for entry in s.entries}
    assert {e.name for e in shown["gradcheck"][0].entries} >= {"numerical_gradient"}


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
