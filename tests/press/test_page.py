import re

import nbformat
import pytest
from nbformat.v4 import new_output
from press_helpers import code, folded, notebook, text

from dkm.press import PressError
from dkm.press.markdown import Renderer
from dkm.press.render_page import error_page, page

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
FACTS = {
    "parameters": [["k", "3"], ["seeds", "(0, 1)"]],
    "changed": ["k"],
    "command": "dkm report 01 -p k=3",
    "failure": None,
    "claims": {"kept": 0, "failed": [], "open": 0},
    "records": [],
    "started": "2026-01-02 03:04 UTC",
    "seconds": 1.5,
    "provenance": {
        "versions": [["python", "3.11.7"], ["numpy", "2.4.6"]],
        "lock": "0123456789ab",
        "commit": "abcdef012345",
        "tree": "clean",
        "machine": "a CPU, 2 cores",
        "threads": "2",
    },
}
TITLES = {"01_kmeans": "K-Means", "02_judging": "Judging", "05_deep_kmeans": "Deep <K>"}


def make(*cells, name="02_judging", folder=".", reports=TITLES, **facts):
    made = notebook(*cells)
    made.metadata["dkm"] = {**FACTS, **facts}
    return page(nbformat.writes(made), name, reports=reports, key="abc", folder=folder)


def shown(data, **metadata):
    return code("1", outputs=[new_output("display_data", data, metadata=metadata)])


def claim(words, holds=True):
    content = {"statement": words, "holds": holds, "applies": True}
    return shown(
        {"text/html": f'<p class="dkm-claim dkm-kept">{words}</p>', "text/plain": words},
        dkm={"claim": {**content, "measured": "0.5", "source": None}},
    )


def test_a_page_has_what_readers_and_screen_readers_need():
    html = make(text("## One\n\n### Two\n\n## One"))
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in html
    assert "<title>A title</title>" in html
    assert '<main id="main">' in html
    assert 'class="skip" href="#main"' in html
    assert '<meta name="dkm-key" content="abc">' in html
    assert '<h2 id="One">' in html
    assert '<h2 id="One-2">' in html
    assert html.count('href="#One-2"') == 2  # from the contents, and from the heading itself
    assert html.count("<script") == 1


def test_previous_and_next():
    html = make()
    assert html.count('<a rel="prev" href="01_kmeans.html">') == 2  # above and below the text
    assert html.count('<a rel="next" href="05_deep_kmeans.html">') == 2
    assert "Deep &lt;K&gt; →" in html
    assert 'rel="prev"' not in make(name="01_kmeans")


def test_a_page_that_stands_alone_links_to_no_other():
    html = make(text("[a](01_kmeans.ipynb) [b](#A-title)"), reports={})
    assert set(re.findall(r'href="([^"]*)"', html)) == {"#main", "#A-title"}


def test_links_lead_to_reports_that_exist_and_nowhere_else():
    html = make(
        text(
            "[a](01_kmeans.ipynb) [b](05_deep_kmeans.ipynb#The-loss) [c](03_other.ipynb) "
            "[d](../README.md) [e](https://example.org/x) [f](#A-title)"
        )
    )
    assert '<a href="01_kmeans.html">a</a> <a href="05_deep_kmeans.html#The-loss">b</a> c d' in html
    assert '<a href="https://example.org/x">e</a> <a href="#A-title">f</a>' in html


@pytest.mark.parametrize("words", ["[a](#Nowhere)", '<a href="x.html">x</a>'])
def test_a_link_that_leads_nowhere_is_an_error(words):
    with pytest.raises(PressError, match=r"02_judging, cell 3: .*leads? nowhere"):
        make(text(words))


def test_formulas_become_mathml_and_code_stays():
    html = make(
        text(
            "Inline $x_i$ and `$not$` and `\\\\(nor this\\\\)`:\n\n"
            "$$\\min_k \\lVert x \\rVert^2$$\n\n"
            "\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n\n```python\na = '$b$'\n```\n"
        )
    )
    assert html.count("<math") == 3
    assert html.count('<math display="block"') == 2
    assert "<code>$not$</code>" in html
    assert "$b$" in html
    assert "nor this" in html


def test_the_font_of_formulas_comes_with_them_alone():
    assert "font/woff2" in make(text("$x$"))
    assert "font/woff2" not in make()


@pytest.mark.parametrize("words", [r"$\frac{1$", r"$$\nosuchcommand x$$"])
def test_a_formula_that_cannot_be_set_is_named(words):
    with pytest.raises(PressError) as caught:
        make("1", text(f"so {words} it is"))
    assert "02_judging, cell 4: the formula" in str(caught.value)
    assert words.strip("$").replace("\\", "\\\\") in str(caught.value)


def test_figures_carry_their_words_and_width():
    html = make(shown({"image/png": PNG}, **{"image/png": {"alt": 'Two "bars"', "width": 600}}))
    assert 'alt="Two &quot;bars&quot;" width="600"' in html
    assert f"data:image/png;base64,{PNG}" in html


def test_a_figure_without_words_is_an_error():
    with pytest.raises(PressError, match="02_judging, cell 3: an image has no alternative text"):
        make(shown({"image/png": PNG}))


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://example.org/a.png" alt="a">',
        '<script src="//example.org/a.js"></script>',
        '<link rel="stylesheet" href="a.css">',
        '<style>@import "a.css";</style>',
        '<p style="background: url(https://example.org/a.png)">a</p>',
        '<iframe src="https://example.org"></iframe>',
    ],
)
def test_nothing_may_be_loaded(html):
    with pytest.raises(PressError, match=r"cell 3: .*would load"):
        make(shown({"text/html": html}))


def test_images_of_the_text_are_put_into_the_page(tmp_path):
    (tmp_path / "a.png").write_bytes(b"bytes")
    html = make(text("![A picture](a.png)"), folder=tmp_path)
    assert '<img src="data:image/png;base64,Ynl0ZXM=" alt="A picture"' in html
    with pytest.raises(PressError, match="would load"):
        make(text("![A picture](b.png)"), folder=tmp_path)


def test_html_of_the_package_is_shown_as_it_is():
    widget = (
        '<div class="steps"><style>.steps input:checked ~ p { color: red }</style>'
        '<label><input type="radio" name="s" checked> 1</label><p>one</p></div>'
    )
    html = make(shown({"text/html": widget, "text/plain": "steps"}))
    assert f'<div class="shown">{widget}</div>' in html
    html = make(shown({"text/html": "<table></table>"}))
    assert '<div class="shown" tabindex="0"><table></table></div>' in html


def test_text_of_notebooks_is_escaped_and_stderr_left_out():
    outputs = [
        new_output("stream", text="<b>1 & 2\x1b[31m\n"),
        new_output("stream", name="stderr", text="a warning"),
    ]
    html = make(code("a < b", outputs=outputs))
    assert "&lt;b&gt;1 &amp; 2\n" in html
    assert "a warning" not in html


@pytest.mark.parametrize("info", ["", "python"])
def test_code_of_the_text_can_be_scrolled_by_keyboard(info):
    html = Renderer(".", ()).render(f"```{info}\nx = 1\n```")
    assert html.count("<pre") == html.count('<pre tabindex="0"') == 1


def test_a_table_of_the_text_can_be_scrolled_by_keyboard():
    html = Renderer(".", ()).render("| a | b |\n|---|---|\n| 1 | 2 |")
    assert html.count("<table") == html.count('<table tabindex="0"') == 1


def test_markdown_of_lessons():
    html = make(
        text("- [ ] it *stays*\n- [x] it moves"),
        text("<details><summary>Solution</summary>\n\nThe **mean**.\n\n</details>"),
        folded("hidden = 1"),
    )
    assert '<li class="task"><label><input type="checkbox"> it <em>stays</em></label></li>' in html
    assert re.search(r"<details><summary>Solution</summary>\s*<p>The <strong>mean", html)


def test_code_can_be_folded_cell_by_cell_and_is_where_the_author_says():
    html = make(code("shown = 1"), folded("hidden = 1"))
    folds = re.findall(r"<details class=\"(fold[^>]*)>.*?</details>", html, re.DOTALL)
    assert folds == ['fold" open', 'fold" open', 'fold folded"']  # the first is the parameters


def test_sections_of_going_deeper_fold_below_their_headings():
    html = make(
        text("### Before"),
        text("## Going deeper\n\nEach stands alone."),
        text("### How often? · 5 min\n\nFirst words."),
        code("first = 1"),
        text("### Why? · 8 min\n\nSecond words."),
        text("#### A detail"),
        text("## References\n\nA book."),
    )
    folds = re.findall(r'<details class="deeper">(.*?)</details>\s*(?=<d|</m)', html, re.DOTALL)
    assert re.search(r"<summary><h3 id=\"How-often[^>]*>How often\? · 5 min</h3>", folds[0])
    assert len(folds) == 2
    assert "First words." in folds[0]
    assert re.search("first.*=.*1", folds[0])
    assert "Second words." in folds[1]
    assert "A detail" in folds[1]
    assert not any("A book." in each or "stands alone" in each for each in folds)
    assert html.count("<h3") == 3


def test_folded_cells_without_outputs_fold_into_one():
    silent = [folded(f"silent = {i}") for i in range(3)]
    printed = new_output("stream", name="stdout", text="it speaks")
    speaking = folded("speaking = 1", outputs=[printed])
    html = make(silent[0], text("words"), *silent[1:], speaking, code("shown = 1"))
    one = re.search(
        r'<details class="fold folded many">.*?</details>\s*</div>\s*</details>', html, re.DOTALL
    )
    (many,) = re.findall(r"<summary>Code: (.*?)</summary>", html)
    assert many == "2 cells without outputs"
    held = re.sub("<.*?>", "", one[0])
    assert "silent = 1" in held
    assert "silent = 2" in held
    for other in ("silent = 0", "words", "speaking", "shown = 1"):
        assert other not in held
    assert html.count("<details") == html.count("</details>")


def test_the_corner_of_a_table_is_no_heading():
    html = make(text("| | a |\n|---|---|\n| b | 1 |"), shown({"text/html": "<th></th><th>c</th>"}))
    assert "<th></th>" not in html
    assert "<th>a</th>" in html
    assert "<td></td><th>c</th>" in html


def test_outputs_in_markdown_and_latex():
    html = make(shown({"text/markdown": "**bold**"}), shown({"text/latex": "$x^2$"}))
    assert "<strong>bold</strong>" in html
    assert html.count("<math") == 1


def test_failed_claims_stand_on_top():
    html = make(claim("K is right"), claim("K is <best>", holds=False), claims={
        "kept": 1, "failed": [{"statement": "K is <best>", "cell": 3}], "open": 0
    })  # fmt: skip
    top = html[: html.index("<h1")]
    assert "1 of 2 claims failed in this run" in top
    assert '<a href="#claim-2">K is &lt;best&gt;</a> (0.5)' in top
    assert 'id="claim-2"><p class="dkm-claim dkm-kept">K is <best>' in html


def test_a_failed_run_is_shown_up_to_its_cell_with_the_error_on_top():
    broken = code("1 / 0", outputs=[new_output("error", traceback=["\x1b[31mTrace\x1b[0m"])])
    failure = {"cell": 2, "number": 2, "error": "ZeroDivisionError", "message": "by <0>"}
    html = make(broken, "after = 1", text("## After"), failure=failure)
    top = html[: html.index("<h1")]
    assert "stopped in code cell 2" in top
    assert "ZeroDivisionError: by &lt;0&gt;" in top
    assert "<code>k = 3</code>" in top
    assert "dkm report 01 -p k=3" in top
    assert "Trace\n" in html
    assert "after" not in html[html.index("<h1") : html.index("2 more cells did not run")]


def test_the_foot_says_where_the_results_come_from():
    html = make()
    foot = html[html.index("<footer>") :]
    for words in (
        "<code>k = 3</code> <strong>(changed)</strong>",
        "<code>seeds = (0, 1)</code></dd>",
        "numpy 2.4.6",
        "lock 0123456789ab",
        "abcdef012345 (clean)",
        "a CPU, 2 cores; threads: 2",
        "2026-01-02 03:04 UTC, 1.5 s",
        "0 passed, 0 failed, 0 not applicable to this data",
    ):
        assert words in foot


def test_a_page_that_could_not_be_made_says_why():
    html = error_page("01_kmeans", "cell 3: <no> words", reports=TITLES, key="")
    assert "cell 3: &lt;no&gt; words" in html
    assert "<h1>01_kmeans</h1>" in html
