"""A Sphinx extension: formulas as MathML, by the library that sets those of the reports.

MathML needs no script, no picture and no network. A formula that cannot be set stops the build.
"""

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.errors import ExtensionError

LATEX = LatexToMathML(fancy_error=False)


def mathml(latex, display):
    r"""A formula as MathML; one of several lines is aligned at its ``&``, as Sphinx does."""
    if display and r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    try:
        return LATEX.convert_with_local_state(latex.strip(), displaystyle=display)
    except LatexError as error:
        raise ExtensionError(f"the formula {latex.strip()!r} cannot be set: {error}") from error


def inline(writer, node):
    """Write a formula in the text."""
    writer.body.append(mathml(node.astext(), display=False))
    raise nodes.SkipNode


def block(writer, node):
    """Write a formula on a line of its own; it scrolls where it is wider than the page."""
    math = mathml(node.astext(), display=True)
    writer.body.append(f'<div class="formula" tabindex="0">{math}</div>')
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(inline, None), block_renderers=(block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
