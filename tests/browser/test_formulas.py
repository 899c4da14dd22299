"""Formulas as MathML: every construct of the lessons, measured where it can go wrong."""

import io

import pytest
from browser_helpers import build
from nbformat.v4 import new_markdown_cell
from PIL import Image

pytestmark = pytest.mark.browser

FORMULAS = {
    "aligned": r"\begin{aligned} J(C,a) &= \sum_{i=1}^{n}\lVert x_i-c_{a_i}\rVert^2 \\"
    r" &\ge \prod_{j=0}^{k-1}\Bigl(1-\frac{j}{n}\Bigr) \end{aligned}",
    "cases": r"S_{ik} = \begin{cases} 1 & \text{if } k = \operatorname*{arg\,min}_j D_{ij} \\"
    r" 0 & \text{otherwise} \\ 0 & \text{never} \end{cases}",
    "brace": r"\underbrace{\frac1B\sum_i \lVert x_i - g(z_i)\rVert^2}_{\text{first}} + \lambda",
    "matrix": r"\begin{pmatrix} a & b \\ c & d \\ e & f \end{pmatrix}",
    "letters": r"x \in \mathbb{R}^d, \mathbb{E}[x], \mathcal{N}(\mu,\Sigma), \mathbf{W}x",
    "operator": r"\operatorname*{arg\,max}_{\theta} \operatorname{Var} D",
    "sum": r"\sum_{i=1}^{n} x_i",
    "game": r"\min_G\max_D\;\mathbb{E}_x\big[\log D(x)\big]+\int_0^1 \sqrt{\frac{a}{b}}\,dx",
}
BOXES = """selector => [...document.querySelectorAll(selector)].map(e => {
    const box = e.getBoundingClientRect();
    return {text: e.textContent, top: box.top, bottom: box.bottom, left: box.left,
            width: box.width, height: box.height}})"""


@pytest.fixture
def boxes(window, tmp_path):
    """The boxes of elements: boxes("cases", "mo")."""
    cells = [new_markdown_cell(f"## {name}\n\n$${tex}$$") for name, tex in FORMULAS.items()]
    cells.append(new_markdown_cell("## line\n\nIn a line $\\sum_{i=1}^{n} x_i$."))
    page = window(build(tmp_path, *cells))
    page.evaluate("document.fonts.ready")
    assert page.locator("math").count() == len(FORMULAS) + 1
    assert page.locator("merror").count() == 0

    def call(name, what):
        return page.evaluate(BOXES, f".text:has(#{name}) {what}")

    call.page = page
    return call


def test_lines_that_are_aligned_stand_below_each_other(boxes):
    rows = boxes("aligned", "mtr")
    relations = boxes("aligned", "mtd:nth-child(2) mo:not(munderover *)")
    signs = [sign for sign in relations if sign["text"] in "=≥"]
    assert rows[1]["top"] >= rows[0]["bottom"] - 1
    assert [sign["text"] for sign in signs] == ["=", "≥"]
    assert abs(signs[0]["left"] - signs[1]["left"]) < 2


@pytest.mark.parametrize(("name", "sign"), [("cases", "{"), ("matrix", "(")])
def test_fences_are_as_high_as_what_they_hold(boxes, name, sign):
    fence = next(each for each in boxes(name, "mo") if each["text"] == sign)
    assert fence["height"] >= 0.9 * boxes(name, "mtable")[0]["height"]


def test_a_brace_is_as_wide_as_what_stands_on_it(boxes):
    held = boxes("brace", "munder:has(> mo) > :first-child")[0]
    # A browser tells the box of the sign as it is before it is stretched, so its ink is looked at.
    clip = {"x": held["left"], "y": held["bottom"], "width": held["width"], "height": 6}
    picture = Image.open(io.BytesIO(boxes.page.screenshot(clip=clip))).convert("L")
    inked = [x for x in range(picture.width) for y in range(6) if picture.getpixel((x, y)) < 160]
    assert held["width"] > 50
    assert max(inked) - min(inked) >= 0.9 * held["width"]


def test_a_sum_is_large_with_its_limits_above_and_below(boxes):
    sign, over = (boxes("sum", f"munderover > :nth-child({i})")[0] for i in (1, 3))
    inline = next(each for each in boxes("line", "mo") if each["text"] == "∑")
    assert over["bottom"] <= sign["top"] + 2
    assert sign["width"] > 1.1 * inline["width"]
    under = boxes("operator", "munder > :nth-child(2)")[0]
    assert under["top"] >= boxes("operator", "munder > :nth-child(1)")[0]["bottom"] - 4


def test_letters_are_of_their_kind(boxes):
    letters = "".join(each["text"] for each in boxes("letters", "mi"))
    assert all(letter in letters for letter in "ℝ𝔼𝒩𝐖")
