"""Solved notebooks run in JupyterLite: python tests/site/jupyterlite.py [03_im2col ...].

Without names all lessons run; a line for each says how long it took and what went wrong.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browsing import ROOT, browser, served
from pyodide_files import pyodide_folder

from course.authoring.site.browser import LITE, add_jupyterlite, add_python
from course.authoring.site.pyodide import Pyodide
from course.project import Project

SECONDS = 300
FONTS = "Matplotlib is building the font cache"
"""What it says on a slow machine."""
RUN_ALL = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.sessionContext.ready;
    await jupyterapp.commands.execute("notebook:run-all-cells");
    const cells = panel.content.model.sharedModel.cells.map((cell) => cell.toJSON());
    return cells.filter((cell) => cell.cell_type === "code");
}"""


def with_jupyterlite(folder: Path) -> None:
    """Put Pyodide and a JupyterLite that shows the solved notebooks into a folder."""
    project = Project(ROOT)
    pyodide = Pyodide.of(project)
    wheels = add_python(project, folder, pyodide, pyodide_folder())
    add_jupyterlite(project, folder, pyodide, wheels, project.solutions)
    settings = folder / LITE / "jupyter-lite.json"
    told = json.loads(settings.read_text(encoding="utf-8"))
    told["jupyter-config-data"]["exposeAppInBrowser"] = True  # so that a script can ask it
    settings.write_text(json.dumps(told), encoding="utf-8")


def run(chromium, address: str, name: str) -> tuple[list, list[str], float]:
    """Run a notebook: (its code cells behind that, what was asked of other hosts, seconds)."""
    context, begun = chromium.new_context(viewport={"width": 1280, "height": 900}), time.time()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(f"{address}{LITE}/lab/index.html?path={name}.ipynb")
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    cells = page.evaluate(RUN_ALL)
    context.close()
    own = ("/".join(address.split("/")[:3]), "blob:", "data:")
    return cells, [url for url in asked if not url.startswith(own)], time.time() - begun


def errors(cells: list) -> list[str]:
    """What the cells have raised or written to stderr, and those that were not run."""
    found = []
    for cell in cells:
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                found.append(f"{output['ename']}: {output['evalue']}")
            if output.get("name") == "stderr" and FONTS not in "".join(output["text"]):
                found.append("".join(output["text"]))
    return found + [f"not run: {c['source'][:60]}" for c in cells if not c["execution_count"]]


def text(cells: list) -> str:
    """All that the cells have printed."""
    outputs = [output for cell in cells for output in cell["outputs"]]
    return "\n".join("".join(output.get("text", "")) for output in outputs)


@contextmanager
def lite_address(folder: Path) -> Iterator[str]:
    """The address of a site that is nothing but JupyterLite, in a folder of its own."""
    with_jupyterlite(folder)
    with served(folder) as address:
        yield address


def main(names: list[str]) -> int:
    """Run the notebooks; return how many had an error."""
    failed = 0
    with (
        tempfile.TemporaryDirectory() as place,
        lite_address(Path(place)) as address,
        browser() as chromium,
    ):
        for name in names:
            cells, others, seconds = run(chromium, address, name)
            wrong = [*errors(cells), *others]
            failed += bool(wrong)
            said = "; ".join(wrong)[:300] or "no error"
            print(f"{name:<32} {seconds:5.0f} s  {said}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or Project(ROOT).lesson_names()))
