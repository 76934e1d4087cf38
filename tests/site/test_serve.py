"""The built site on this machine, under the same path as where it is published."""

import gzip
import urllib.error
import urllib.request

import pytest
from browsing import PREFIX, ROOT, served

from course.authoring.site.serve import serve_site, server
from course.project import CourseError, Project


@pytest.fixture
def address(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("front", encoding="utf-8")
    (tmp_path / "site" / "404.html").write_text("not here", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    with served(tmp_path / "site") as address:
        yield address


def ask(url, method="GET"):
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, method=method))
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.url, answer.read().decode()


def test_files_are_served_under_the_prefix_and_the_rest_leads_there(address):
    assert address.endswith(PREFIX)
    host = address.removesuffix(PREFIX)
    assert ask(address) == (200, address, "front")
    assert ask(f"{host}/") == (200, address, "front")
    assert ask(address, "HEAD") == (200, address, "")


@pytest.mark.parametrize("path", ["", "index.html", "index.html?view=dx"])
def test_text_travels_compressed_to_whoever_can_read_it(address, path):
    request = urllib.request.Request(address + path, headers={"Accept-Encoding": "gzip, br"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers.get_content_type() == "text/html"
        assert gzip.decompress(answer.read()) == b"front"


@pytest.mark.parametrize("path", ["no/such/page.html", "../secret", "%2e%2e/secret"])
@pytest.mark.slow
def test_the_sites_own_page_stands_for_what_is_not_there(address, path):
    assert ask(address + path)[::2] == (404, "not here")
    assert ask(address + path, "HEAD")[::2] == (404, "")


def test_a_taken_port_is_named(tmp_path):
    with server(tmp_path, PREFIX) as taken:
        port = taken.server_address[1]
        with pytest.raises(CourseError, match=f"Port {port} is taken. Choose another"):
            serve_site(Project(ROOT), tmp_path, port, print)
