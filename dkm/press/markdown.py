"""Converts the Markdown of notebooks to HTML: MathML formulas, links between reports, anchors."""

import base64
import html
import mimetypes
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from math_core import LatexError, LatexToMathML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from dkm.press import PressError

ELSEWHERE = ("http", "https", "mailto")


class Renderer(IPythonRenderer):
    """Renders the Markdown of one notebook, cell by cell.

    Parameters
    ----------
    folder : Path
        The folder of the notebook. Images are read from there.
    reports : container of str
        Names of the reports that links may point to.

    Attributes
    ----------
    headings : list of (int, str, str)
        Level, id and HTML of each heading so far.
    formulas : int
        Number of formulas so far.
    """

    def __init__(self, folder, reports):
        super().__init__(escape=False)
        self.folder, self.reports = Path(folder), reports
        self.headings, self.formulas = [], 0
        self._latex = LatexToMathML(fancy_error=False)

    def render(self, markdown, attachments=None):
        """HTML of a piece of Markdown.

        Raises
        ------
        PressError
            If a formula or an image cannot be converted.
        """
        self.attachments = attachments or {}
        html = MarkdownWithMath(renderer=self).render(markdown)
        # A table scrolls on a narrow screen, so it must be reachable by keyboard.
        return html.replace("<table>", '<table tabindex="0">')

    def block_math(self, body):
        """A display formula."""
        # It scrolls if it is wider than the page, so it must be reachable by keyboard.
        return f'<span class="display" tabindex="0">{self._mathml(body, True)}</span>'

    def inline_math(self, body):
        """An inline formula."""
        return self._mathml(body, False)

    def latex_environment(self, name, body):
        """A formula in a LaTeX environment."""
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def block_code(self, code, info=None):
        """A code block. It scrolls, as wide formulas do."""
        return super().block_code(code, info).replace("<pre", '<pre tabindex="0"', 1)

    def heading(self, text, level, **attributes):
        """A heading with an anchor, the same as in JupyterLab."""
        anchor = re.sub(r"\s+", "-", html.unescape(re.sub(r"<[^>]+>", "", text)).strip())
        taken = {each for _, each, _ in self.headings}
        number = 1
        while (name := anchor if number == 1 else f"{anchor}-{number}") in taken:
            number += 1
        self.headings.append((level, name, text))
        permalink = "" if level == 1 else _permalink(name)
        return f'<h{level} id="{html.escape(name)}">{text}{permalink}</h{level}>\n'

    def link(self, text, url, title=None):
        """A link. One to a notebook becomes a link to its report, or text if there is none."""
        parts = urlsplit(url)
        if parts.scheme in ELSEWHERE or (not parts.path and parts.fragment):
            return super().link(text, url, title)
        target = unquote(parts.path).removeprefix("./")
        if target.removesuffix(".ipynb") not in self.reports:
            return text
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        return super().link(text, f"{target.removesuffix('.ipynb')}.html{anchor}", title)

    def image(self, text, url, title=None):
        """An image, embedded in the page."""
        path = self.folder / unquote(url)
        if url.startswith("attachment:") or urlsplit(url).scheme or not path.is_file():
            return super().image(text, url, title)
        kind = mimetypes.guess_type(path.name)[0]
        data = base64.b64encode(path.read_bytes()).decode()
        return super().image(text, f"data:{kind};base64,{data}", title)

    def task_list_item(self, text, checked=False):
        """A checkbox for predictions and progress. It needs no script and is not saved."""
        mark = " checked" if checked else ""
        return f'<li class="task"><label><input type="checkbox"{mark}> {text}</label></li>\n'

    def _mathml(self, body, display):
        self.formulas += 1
        try:
            return self._latex.convert_with_local_state(body.strip(), displaystyle=display)
        except LatexError as error:
            raise PressError(
                f"the formula {body.strip()!r} cannot be converted: {error}"
            ) from error


def _permalink(anchor):
    """A link to a heading, for sharing."""
    return f'<a class="anchor" href="#{quote(anchor)}" aria-label="Link to this heading">#</a>'
