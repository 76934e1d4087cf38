"""The site, built once for all tests that look at it, and the browser that they look with."""

import os
import shutil
import subprocess

import pytest
from browsing import PUBLISHED, REQUIRED, ROOT, served

from course.authoring.site.address import REPOSITORY_VARIABLE
from course.project import CourseError, Project


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """(folder, seconds): the site as `make site` builds it, in a folder of its own.

    The seconds are those of a processor, for other tests run at the same time.
    """
    pytest.importorskip("sphinx", reason="needs the site's own packages: pip install -e '.[site]'")
    from course.authoring.site.build import build_site

    folder = tmp_path_factory.mktemp("site")
    before = os.times()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(REPOSITORY_VARIABLE, PUBLISHED.repository)
        build_site(Project(ROOT), folder / "html", folder / "work")
    after = os.times()
    return folder / "html", sum(after[:4]) - sum(before[:4])


@pytest.fixture(scope="session")
def site(built):
    return built[0]


@pytest.fixture(scope="session")
def address(site):
    with served(site, PUBLISHED.prefix) as address:
        yield address


@pytest.fixture(scope="session")
def pyodide_files(npm):
    """The folder with the files of Pyodide; no test can do without where a browser is required."""
    from pyodide_files import pyodide_folder

    try:
        return pyodide_folder()
    except (CourseError, OSError, subprocess.CalledProcessError) as error:
        if REQUIRED:
            raise
        pytest.skip(f"Pyodide cannot be fetched: {error}")


@pytest.fixture(scope="session")
def with_python(site, pyodide_files, tmp_path_factory):
    """The same site with Python for its pages, in another folder."""
    from course.authoring.site.browser import add_python
    from course.authoring.site.pyodide import Pyodide

    folder, project = tmp_path_factory.mktemp("browser") / "html", Project(ROOT)
    shutil.copytree(site, folder, copy_function=os.link)
    add_python(project, folder, Pyodide.of(project), pyodide_files)
    return folder


@pytest.fixture(scope="session")
def lively(with_python):
    """The address of that site."""
    with served(with_python) as address:
        yield address
