"""Markdown of notebooks as HTML: formulas as MathML, links between reports, anchors."""

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
    """Writes the Markdown of one notebook, cell by cell.

    Parameters
    ----------
    folder : Path
        Where the notebook lies: images are read from there.
    reports : container of str
        Names of the reports that one may link to.

    Attributes
    ----------
    headings : list of (int, str, str)
        Level, id and HTML of each heading so far.
    formulas : int
        How many formulas there were so far.
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
            If a formula or an image cannot be set.
        """
        self.attachments = attachments or {}
        return MarkdownWithMath(renderer=self).render(markdown)

    def block_math(self, body):
        """A formula on lines of its own."""
        # It scrolls where it is wider than the page, so it must be reachable by keyboard.
        return f'<span class="display" tabindex="0">{self._mathml(body, True)}</span>'

    def inline_math(self, body):
        """A formula in the text."""
        return self._mathml(body, False)

    def latex_environment(self, name, body):
        """A formula between LaTeX's own marks."""
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def block_code(self, code, info=None):
        """Code in the text; it scrolls, as wide formulas do."""
        return super().block_code(code, info).replace("<pre", '<pre tabindex="0"', 1)

    def heading(self, text, level, **attributes):
        """A heading that can be linked to, by the same anchor as in JupyterLab."""
        anchor = re.sub(r"\s+", "-", html.unescape(re.sub(r"<[^>]+>", "", text)).strip())
        taken = {each for _, each, _ in self.headings}
        number = 1
        while (name := anchor if number == 1 else f"{anchor}-{number}") in taken:
            number += 1
        self.headings.append((level, name, text))
        itself = "" if level == 1 else _itself(name)
        return f'<h{level} id="{html.escape(name)}">{text}{itself}</h{level}>\n'

    def link(self, text, url, title=None):
        """A link; between notebooks one between reports, and plain text where it leads nowhere."""
        parts = urlsplit(url)
        if parts.scheme in ELSEWHERE or (not parts.path and parts.fragment):
            return super().link(text, url, title)
        target = unquote(parts.path).removeprefix("./")
        if target.removesuffix(".ipynb") not in self.reports:
            return text
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        return super().link(text, f"{target.removesuffix('.ipynb')}.html{anchor}", title)

    def image(self, text, url, title=None):
        """An image, with its bytes in the page."""
        path = self.folder / unquote(url)
        if url.startswith("attachment:") or urlsplit(url).scheme or not path.is_file():
            return super().image(text, url, title)
        kind = mimetypes.guess_type(path.name)[0]
        data = base64.b64encode(path.read_bytes()).decode()
        return super().image(text, f"data:{kind};base64,{data}", title)

    def task_list_item(self, text, checked=False):
        """A box to tick, for predictions and progress; it needs no script and keeps nothing."""
        mark = " checked" if checked else ""
        return f'<li class="task"><label><input type="checkbox"{mark}> {text}</label></li>\n'

    def _mathml(self, body, display):
        self.formulas += 1
        try:
            return self._latex.convert_with_local_state(body.strip(), displaystyle=display)
        except LatexError as error:
            raise PressError(f"the formula {body.strip()!r} cannot be set: {error}") from error


def _itself(anchor):
    """A link by which one can name a heading to somebody else."""
    return f'<a class="anchor" href="#{quote(anchor)}" aria-label="Link to this heading">#</a>'
