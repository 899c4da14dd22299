"""The built pages in a real browser: complete offline, readable by everyone, at any width.

They look at ``reports/html``, or at the folder that ``DKM_REPORTS`` names, which `dkm report` or
`dkm report --stored` makes; and at the page of `dkm report --data notebooks/data/cafes.csv`.
"""

import os
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser_helpers import lacking

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
REPORTS = Path(os.environ.get("DKM_REPORTS", ROOT / "reports" / "html"))
OWN_DATA = ROOT / "reports" / "your_data" / "cafes" / "report.html"
PAGES = [*sorted(REPORTS.glob("*.html")), *filter(Path.exists, [OWN_DATA])]
PLACEHOLDER = "No description has been provided for this image"
WIDTHS = (1280, 390)
LARGEST = 4 * 2**20  # bytes
NARROW = 320  # a window of 1280 at 400 %


@pytest.fixture(params=PAGES or [None], ids=[path.stem for path in PAGES] or ["none"])
def path(request):
    if request.param is None:
        lacking("no built report: run `dkm report`")
    return request.param


@pytest.fixture
def visit(window, path):
    """Open the page, in a window of a width and a colour scheme."""
    return partial(window, path)


def test_it_asks_for_nothing_else_and_complains_of_nothing(visit, path):
    asked, said = [], []

    def watch(page):
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

    visit(before=watch).wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert said == []


def test_every_image_has_its_words_and_shows(visit):
    page = visit()
    images = page.eval_on_selector_all(
        "img", "all => all.map(i => ({alt: i.alt, width: i.naturalWidth}))"
    )
    assert [i for i in images if len(i["alt"].strip()) < 5 or i["alt"] == PLACEHOLDER] == []
    assert [i["alt"] for i in images if not i["width"]] == []


def test_every_link_leads_somewhere(visit, path):
    page = visit()
    ids = set(page.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    targets = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    for parts in map(urlsplit, targets):
        if parts.scheme in ("http", "https", "mailto"):
            continue
        assert not parts.scheme, parts.geturl()
        if parts.path:
            there = path.parent / unquote(parts.path)
            assert there.is_file(), parts.geturl()
            found = f'id="{unquote(parts.fragment)}"' in there.read_text(encoding="utf-8")
            assert found or not parts.fragment, parts.geturl()
        else:
            assert unquote(parts.fragment) in ids, parts.geturl()


def test_it_is_small_enough_to_be_mailed(path):
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("width", [*WIDTHS, NARROW])
def test_it_does_not_scroll_sideways(visit, width):
    page = visit(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_formulas_are_mathml_and_no_tex_is_left(visit, path):
    from dkm.press.runner import executed_path

    notebook = executed_path(path.parent / "notebooks", path.stem)
    if not notebook.exists():
        return
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    has_formulas = any("$" in c.source for c in cells if c.cell_type == "markdown")
    page = visit()
    assert (page.locator("math").count() > 0) or not has_formulas
    assert page.locator("merror").count() == 0
    text = page.eval_on_selector_all(
        ".text :is(p, li, h1, h2, h3, td)",
        """all => all.map(e => {
            const copy = e.cloneNode(true);
            copy.querySelectorAll("code, math").forEach(c => c.remove());
            return copy.textContent })""",
    )
    assert [each for each in text if "$" in each or "\\begin" in each] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(visit, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = Axe().run(page).response["violations"]
    told = [f"{v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"]]
    assert told == []


def test_the_search_finds_what_the_pages_say(window):
    index = REPORTS / "index.html"
    if not index.exists():
        lacking("no built report: run `dkm report`")
    page = window(index)
    page.get_by_label("Search all reports").fill("inertia seeds")
    links = page.locator("#search li a")
    links.first.wait_for()
    words = page.locator("#search li").first.inner_text().lower()
    assert "inertia" in words or "seeds" in words
    assert links.first.evaluate("a => a.href").startswith(REPORTS.as_uri())
    page.get_by_label("Search all reports").fill("nosuchword")
    page.get_by_text("0 places").wait_for()
    assert links.count() == 0
    page = window(index, java_script_enabled=False)
    assert page.get_by_label("Search all reports").is_hidden()
    assert page.get_by_role("heading", name="The course").is_visible()
