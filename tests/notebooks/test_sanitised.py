"""What GitHub leaves of the HTML in a notebook: nothing may be lost but looks.

GitHub and JupyterLab (for a notebook that was not run on this machine) remove styles, scripts and
all elements and attributes that are not on a list; the text of a removed element stays.
"""

import re
from pathlib import Path

import bleach
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# The allow-list of GitHub's html-pipeline (sanitization_filter.rb).
TAGS = """h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul
table thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike
summary details caption figure figcaption abbr bdo cite dfn mark small source span time wbr
"""
ATTRIBUTES = {
    "*": ["align", "alt", "colspan", "height", "open", "rowspan", "scope", "title", "width"],
    "a": ["href"],
    "img": ["src"],
}
KEPT = ("img", "table", "tr", "td", "th", "details", "summary", "li", "p")


def sanitised(html):
    html = re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    return bleach.clean(
        html, tags=TAGS.split(), attributes=ATTRIBUTES, protocols=["https", "data"], strip=True
    )


def words(html):
    html = re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", html).split()


def outputs(path):
    for number, cell in enumerate(nbformat.read(path, 4).cells):
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                yield number, output.data["text/html"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_text_pictures_and_tables_stay(path):
    for number, html in outputs(path):
        left = sanitised(html)
        assert words(left) == words(html), f"cell {number}"
        for tag in KEPT:
            count = len(re.findall(rf"<{tag}\b", html))
            assert len(re.findall(rf"<{tag}\b", left)) == count, f"cell {number}: {tag}"
        assert len(re.findall(r'<img[^>]*src="data:image', left)) == left.count("<img")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_film_becomes_a_sheet_of_small_pictures(path):
    for number, html in outputs(path):
        left = sanitised(html)
        widths = [int(each) for each in re.findall(r'<img[^>]*width="(\d+)"', left)]
        assert left.count("<img") < 2 or max(widths) <= 300, f"cell {number}"


def test_the_sanitiser_does_its_work():
    html = '<style>p{}</style><p style="color:red">a<input><label>b</label></p><script>c</script>'
    assert sanitised(html) == "<p>ab</p>"
