"""The API reference: complete, its formulas set, and nothing loaded from elsewhere."""

import inspect
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import dkm
from dkm.press.inspect_page import INSIDE, LOADS, LOADS_BY_HREF
from dkm.press.site import write_index
from tools.api import pages
from tools.math_font import characters

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).parents[1]
NO_PROSE = {"script", "style", "pre", "code"}


class Page(HTMLParser):
    """What a page loads, its anchors, its prose, and the characters of its formulas."""

    def __init__(self, html):
        super().__init__()
        self.loads, self.ids, self.prose, self.formulas = [], set(), "", ""
        self.n_formulas, self.inside = 0, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        self.n_formulas += tag == "math"
        if tag in NO_PROSE | {"math"}:
            self.inside.append(tag)
        for name, value in attributes.items():
            if name in LOADS or (name == "href" and tag in LOADS_BY_HREF):
                self.loads.append(value)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if "math" in self.inside:
            self.formulas += data
        elif not self.inside:
            self.prose += data


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The folder of the built pages, and name -> page."""
    folder = tmp_path_factory.mktemp("reports") / "api"
    command = [sys.executable, "-m", "tools.api", folder]  # apart, as Sphinx changes signatures
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    read = {path.stem: Page(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")}
    return folder, read


def test_every_public_name_has_a_page_or_a_section(reference):
    _, read = reference
    anchors = {each for page in read.values() for each in page.ids if each}
    found = pages.public()
    root = found.pop("dkm")[1]
    assert set(root) == {name for name in dkm.__all__ if not inspect.ismodule(getattr(dkm, name))}
    for name, each in root.items():
        if isinstance(each, type):
            assert f"dkm.{name}" in read[f"dkm.{name}"].ids
            assert f"dkm.{name}.fit" in anchors
    assert {"dkm.metrics", "dkm.deep", "dkm.datasets"} < set(found) < set(read)
    for path, (_, own) in found.items():
        missing = [n for n in own if not {f"{path}.{n}", f"dkm.{n}"} & anchors]
        assert missing == [], path
    assert {"dkm.claims.claim", "dkm.metrics.accuracy", "dkm.deep.load"} < anchors
    assert "dkm.metrics.check_points" not in anchors


def test_a_page_loads_only_what_lies_beside_it(reference):
    folder, read = reference
    for name, page in read.items():
        assert any(url.startswith("_static/") for url in page.loads)
        for url in page.loads:
            is_here = url.startswith(INSIDE) or (folder / re.split("[?#]", url)[0]).is_file()
            assert is_here, f"{name} loads {url}"
    for path in folder.rglob("*.css"):
        urls = re.findall(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", path.read_text())
        for url in filter(None, (each for pair in urls for each in pair)):
            is_here = url.startswith(INSIDE) or (path.parent / url.partition("?")[0]).is_file()
            assert is_here, f"{path.name} loads {url}"


def test_authors_of_references_are_not_taken_for_lists(reference):
    folder, _ = reference
    page = (folder / "dkm.metrics.html").read_text(encoding="utf-8")
    assert "H. W. Kuhn" in page
    assert "upperalpha" not in page


def test_formulas_are_set_and_none_is_left_as_tex(reference):
    _, read = reference
    assert read["dkm.DeepKMeans"].n_formulas > 5
    assert read["dkm.metrics"].n_formulas > 3
    for name, page in read.items():
        assert not re.findall(r"\\[A-Za-z]+|:math:|\$[^$]+\$", page.prose), name
    drawn = set(map(ord, "".join(page.formulas for page in read.values()))) - {10}
    assert drawn <= characters(), "tools.math_font: the font of formulas lacks a character"


def test_the_index_of_the_reports_links_to_it_once_it_is_there(tmp_path):
    index = write_index(tmp_path, [], {}, ROOT).read_text(encoding="utf-8")
    assert "api/index.html" not in index
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "index.html").touch()
    index = write_index(tmp_path, [], {}, ROOT).read_text(encoding="utf-8")
    assert index.count('href="api/index.html"') == 1
