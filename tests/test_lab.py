"""JupyterLab, started as a student starts it and used in a real browser."""

import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest

from course.authoring.colab import CELL
from course.checks import EXERCISES
from course.project import Project, find_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("lab")]
ROOT = find_project(Path(__file__).parent).root
TALL = {"width": 1100, "height": 20_000}
"""JupyterLab draws only the cells in view: here that is all of them."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what a student has, so that running notebooks changes nothing here."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("course", "lessons", "notebooks", "solutions"):
        shutil.copytree(ROOT / folder, copy / folder)
    Project(copy).mark()
    return copy


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose login shell forgets where the environment's commands are, as many do."""
    home = tmp_path_factory.mktemp("home")
    (home / ".profile").write_text("PATH=/usr/local/bin:/usr/bin:/bin\n")
    return home


@pytest.fixture(scope="module")
def address(checkout, home):
    """The address that `course lab --no-browser` prints, while it runs, without a terminal."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "course", "lab", "--no-browser", f"--port={port}"]
    environment = os.environ | {"HOME": str(home), "SHELL": "/bin/sh"}
    with open(home / "warnings.txt", "w") as warnings:
        server = subprocess.Popen(
            command,
            cwd=checkout,
            stdout=subprocess.PIPE,
            stderr=warnings,
            env=environment,
            text=True,
        )
    yield next(re.search(r"http://\S+", line).group() for line in server.stdout if "http" in line)
    server.terminate()
    server.wait(timeout=20)
    with socket.socket() as probe:
        assert probe.connect_ex(("localhost", port)) != 0, "JupyterLab ends with the command"


def test_lab_prints_an_address_that_answers(address):
    assert "/lab/tree/notebooks/00_start_here.ipynb?token=" in address
    with urllib.request.urlopen(address, timeout=30) as page:
        assert page.status == 200


@pytest.fixture
def page(chromium, request):
    page = chromium.new_page(viewport=TALL)
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    yield page
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{request.node.name}.png")
    page.close()


def open_notebook(page, address, path):
    """Open a notebook in a workspace of its own and wait for its kernel, a new one.

    What installs the course is folded away: no prompt of it is drawn.
    """
    base, _, token = address.partition("?token=")
    base = base.partition("/lab/")[0]
    allowed = {"Authorization": f"token {token}"}
    for kernel in page.request.get(f"{base}/api/kernels", headers=allowed).json():
        page.request.delete(f"{base}/api/kernels/{kernel['id']}", headers=allowed)
    page.request.put(
        f"{base}/lab/api/settings/@jupyterlab/apputils-extension:themes",
        data={"raw": '{"theme": "JupyterLab Light"}'},
        headers=allowed,
    )
    cells = nbformat.read(ROOT / path, as_version=4).cells
    page.code_cells = sum(cell.cell_type == "code" and cell.id != CELL for cell in cells)
    workspace = re.sub(r"\W", "-", path)
    page.goto(f"{base}/lab/workspaces/{workspace}/tree/{path}?token={token}")
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)


def run_all(page):
    """Run every cell, from no outputs and no numbers, and wait until all is done."""
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells", exact=True).click()
    page.wait_for_function(NOTHING_RUN, arg=page.code_cells)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(ALL_RUN_OR_STOPPED, arg=page.code_cells, timeout=120_000)


NOTHING_RUN = """count => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
  return prompts.length === count && prompts.every(prompt => !/\\d/.test(prompt.textContent));
}"""
ALL_RUN_OR_STOPPED = """count => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
  const numbered = prompts.every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent));
  const done = numbered && prompts.length === count;
  const busy = prompts.some(prompt => prompt.textContent.includes("*"));
  const error = document.querySelector("[data-mime-type='application/vnd.jupyter.stderr']");
  const idle = document.querySelector("#jp-main-statusbar").textContent.includes("| Idle");
  return idle && (done || (error && !busy));
}"""
"""Between two cells nothing is busy for a moment: only the last one's number or an error counts.

JupyterLab draws cells one after the other, so there may be fewer than the notebook has.
"""


STRAY_SCROLLBARS = """() => {
  const scrolls = value => value === "auto" || value === "scroll";
  return [...document.querySelectorAll(".jp-OutputArea-output, .jp-OutputArea-output *")]
    .filter(element => {
      const style = getComputedStyle(element);
      const high = element.scrollHeight - element.clientHeight;
      const wide = element.scrollWidth - element.clientWidth;
      const few = pixels => pixels > 0 && pixels < 4;
      return (few(high) && scrolls(style.overflowY)) || (few(wide) && scrolls(style.overflowX));
    })
    .map(element => element.outerHTML.slice(0, 200));
}"""


def errors(page):
    """The text of every output that is an error; JupyterLab draws it as if it were stderr."""
    return page.locator("[data-mime-type='application/vnd.jupyter.stderr']").all_inner_texts()


def command(page, text):
    """Run the command that JupyterLab's palette finds first."""
    page.keyboard.press("ControlOrMeta+Shift+C")
    page.get_by_placeholder("SEARCH", exact=True).fill(text)
    page.keyboard.press("Enter")


def cell(page, text):
    return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text)).first


@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "solutions").glob("*.ipynb")))
def test_a_solved_notebook_runs_with_its_figures_and_no_network(page, address, name):
    open_notebook(page, address, f"solutions/{name}.ipynb")
    run_all(page)
    assert errors(page) == []
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt").all_inner_texts()
    assert prompts == [f"[{k}]:" for k in range(2, page.code_cells + 2)], "the first is folded away"
    for image in page.locator(".jp-OutputArea-output img").all():
        assert len(image.get_attribute("alt")) > 20
    port = address.split(":")[2].split("/")[0]
    strangers = [u for u in page.requested if f"localhost:{port}" not in u and "data:" not in u[:5]]
    assert strangers == []
    assert page.evaluate(STRAY_SCROLLBARS) == []


def test_a_terminal_finds_the_course_and_the_one_it_was_started_in_stays_quiet(
    page, address, checkout, home
):
    open_notebook(page, address, "notebooks/00_start_here.ipynb")
    page.wait_for_timeout(2000)  # the news would come in time
    assert page.locator(".Toastify__toast").count() == 0
    command(page, "New Terminal")
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    found = checkout / "found.txt"
    for second in range(60):
        if second % 10 == 0:  # what is typed before the shell has begun is lost
            page.keyboard.type("command -v course > found.txt; echo done >> found.txt\n", delay=10)
        page.wait_for_timeout(1000)
        if found.exists() and "done" in found.read_text():
            break
    assert found.read_text().splitlines() == [str(Path(sys.executable).parent / "course"), "done"]
    assert (home / "warnings.txt").read_text().strip() == ""


def test_after_run_all_the_cell_that_stopped_it_is_in_view(page, address):
    open_notebook(page, address, "notebooks/01_convolution_by_hand.ipynb")
    page.set_viewport_size({"width": 1100, "height": 800})
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    stopped = page.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    stopped.wait_for(state="attached", timeout=120_000)
    page.wait_for_timeout(3000)
    assert 0 < stopped.bounding_box()["y"] < 800


def test_after_a_restart_a_check_says_which_cells_to_run(page, address):
    open_notebook(page, address, "notebooks/01_convolution_by_hand.ipynb")
    cell(page, "check.correlate2d(correlate2d)").locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.locator("[data-mime-type='application/vnd.jupyter.stderr']").wait_for()
    [said] = errors(page)
    assert "Run All Above Selected" in said
    assert "Traceback" not in said


def test_every_colour_of_printed_arrays_can_be_read_in_both_themes(page, address):
    open_notebook(page, address, "solutions/03_im2col.ipynb")
    run_all(page)
    for theme in ("Light", "Dark"):
        command(page, f"Theme: JupyterLab {theme}")
        page.locator(f"body[data-jp-theme-name='JupyterLab {theme}']").wait_for(state="attached")
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 50
        assert min(contrasts) >= 4.5, theme


CONTRASTS = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = colour => {
    const [r, g, b] = channels(colour).map(c => light(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    const colour = getComputedStyle(element).backgroundColor;
    const clear = channels(colour).length === 4 && channels(colour)[3] === 0;
    return clear && element.parentElement ? background(element.parentElement) : colour;
  };
  return [...document.querySelectorAll(".jp-OutputArea-output pre span")].map(span => {
    const one = luminance(getComputedStyle(span).color), other = luminance(background(span));
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  });
}"""
"""The WCAG contrast of every coloured piece of text in the outputs with what lies behind it."""


def test_a_bench_is_used_with_mouse_and_keys(page, address):
    open_notebook(page, address, "solutions/01_convolution_by_hand.ipynb")
    run_all(page)
    bench = page.locator("convolution-bench")
    assert bench.locator("img").is_hidden()
    caption = bench.locator(".caption")
    assert caption.inner_text().startswith("y[0, 0]: its window times the kernel")
    bench.locator("#x_0_1_1").click()
    assert caption.inner_text() == "x[1, 1] is seen by 4 outputs."
    page.keyboard.press("ArrowDown")
    assert caption.inner_text() == "x[2, 1] is seen by 4 outputs."
    assert errors(page) == []


def test_a_student_is_told_what_is_missing_then_wrong_then_right(page, address):
    open_notebook(page, address, "notebooks/01_convolution_by_hand.ipynb")
    run_all(page)
    [missing] = errors(page)
    assert missing.startswith("correlate2d: not attempted yet")
    assert "Traceback" not in missing

    begin = "def correlate2d(x, w, b=0.0):\n"
    size = "kh, kw = w.shape\noh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1\n"
    loop = "return np.array([[{} for j in range(ow)] for i in range(oh)])"
    window = "np.sum(x[i:i + kh, j:j + kw] * {}) + b"
    for kernel, expected in [("w[::-1, ::-1]", "turned by 180°"), ("w[0, 0]", "wrong numbers")]:
        body = size + loop.format(window.format(kernel))
        answer(page, begin + "\n".join("    " + line for line in body.splitlines()))
        [wrong] = errors(page)
        assert expected in wrong
        assert "Traceback" not in wrong
    body = size + loop.format(window.format("w"))
    answer(page, begin + "\n".join("    " + line for line in body.splitlines()))
    assert errors(page) == []
    checked = cell(page, "check.correlate2d(correlate2d)").locator(".jp-OutputArea-output")
    points = EXERCISES["correlate2d"].points
    assert f"{points} of {points} points" in checked.inner_text()


def answer(page, text):
    """Type an answer into the exercise's cell, run it, then its check."""
    exercise = cell(page, "def correlate2d(x, w, b=0.0):").locator(".cm-content")
    exercise.click()
    page.keyboard.press("ControlOrMeta+A")
    page.evaluate("document.execCommand('insertText', false, '')")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    check = cell(page, "check.correlate2d(correlate2d)")
    before = check.locator(".jp-InputArea-prompt").inner_text()
    check.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        "([prompt, before]) => /\\d/.test(prompt.textContent) && prompt.textContent !== before",
        arg=[check.locator(".jp-InputArea-prompt").element_handle(), before],
    )
