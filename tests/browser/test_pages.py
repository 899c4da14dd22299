"""The built pages in a real browser: complete offline, readable by everyone, at any width.

They look at ``reports/html``, or at the folder that ``DKM_REPORTS`` names, which `dkm report` or
`dkm report --stored` makes; and at the page of `dkm report --data notebooks/data/cafes.csv`.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser_helpers import lacking, opened, violations

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
REPORTS = Path(os.environ.get("DKM_REPORTS", ROOT / "reports" / "html"))
OWN_DATA = ROOT / "reports" / "your_data" / "cafes" / "report.html"
PAGES = [*sorted(REPORTS.glob("*.html")), *filter(Path.exists, [OWN_DATA])]
PLACEHOLDER = "No description has been provided for this image"
WIDTHS = (1280, 390)
LARGEST = 4 * 2**20  # bytes
NARROW = 320  # a window of 1280 at 400 %


@pytest.fixture(
    scope="module", params=PAGES or [None], ids=[path.stem for path in PAGES] or ["none"]
)
def path(request):
    if request.param is None:
        lacking("no built report: run `dkm report`")
    return request.param


@pytest.fixture(scope="module")
def read(browser, path):
    """The page, opened once for all tests that only read it."""
    with opened(browser, path) as page:
        yield page


@pytest.fixture(scope="module")
def examined(browser, path):
    """The page with all that folds unfolded, opened once for all widths and colour schemes."""
    with opened(browser, path) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        yield page


def test_it_asks_for_nothing_else_and_complains_of_nothing(window, path):
    asked, said = [], []

    def watch(page):
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

    window(path, before=watch).wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert said == []


def test_every_image_has_its_words_and_shows(read):
    images = read.eval_on_selector_all(
        "img", "all => all.map(i => ({alt: i.alt, width: i.naturalWidth}))"
    )
    assert [i for i in images if len(i["alt"].strip()) < 5 or i["alt"] == PLACEHOLDER] == []
    assert [i["alt"] for i in images if not i["width"]] == []


def test_every_link_leads_somewhere(read, path):
    ids = set(read.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    targets = read.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
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
def test_it_does_not_scroll_sideways(read, width):
    read.set_viewport_size({"width": width, "height": 900})
    assert read.evaluate("document.documentElement.scrollWidth") <= width


def test_formulas_are_mathml_and_no_tex_is_left(read, path):
    from dkm.press.runner import executed_path

    notebook = executed_path(path.parent / "notebooks", path.stem)
    if not notebook.exists():
        return
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    has_formulas = any("$" in c.source for c in cells if c.cell_type == "markdown")
    assert (read.locator("math").count() > 0) or not has_formulas
    assert read.locator("merror").count() == 0
    text = read.eval_on_selector_all(
        ".text :is(p, li, h1, h2, h3, td)",
        """all => all.map(e => {
            const copy = e.cloneNode(true);
            copy.querySelectorAll("code, math").forEach(c => c.remove());
            return copy.textContent })""",
    )
    assert [each for each in text if "$" in each or "\\begin" in each] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(examined, width, scheme):
    examined.emulate_media(color_scheme=scheme)
    examined.set_viewport_size({"width": width, "height": 900})
    assert violations(examined) == []


def test_the_search_finds_what_the_pages_say(window):
    index = REPORTS / "index.html"
    if not index.exists():
        lacking("no built report: run `dkm report`")
    page = window(index)
    page.get_by_label("Search all pages").fill("inertia seeds")
    links = page.locator("#search li a")
    links.first.wait_for()
    words = page.locator("#search li").first.inner_text().lower()
    assert "inertia" in words or "seeds" in words
    assert links.first.evaluate("a => a.href").startswith(REPORTS.as_uri())
    page.get_by_label("Search all pages").fill("nosuchword")
    page.get_by_text("0 places").wait_for()
    assert links.count() == 0
    page = window(index, java_script_enabled=False)
    assert page.get_by_label("Search all pages").is_hidden()
    assert page.get_by_role("heading", name="The core path").is_visible()
