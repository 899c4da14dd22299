"""Checks a finished page: self-contained, every image described, no dead links."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from dkm.press import PressError

LOADS = (
    "src",
    "srcset",
    "poster",
    "data",
    "background",
)  # attributes that load something
LOADS_BY_HREF = ("link", "use", "image", "feimage")
INSIDE = ("data:", "#")
PLACEHOLDER = "No description has been provided for this image"


def inspect(page, name, reports):
    """Check that a page is self-contained, works offline and is accessible.

    Parameters
    ----------
    page : str
        The HTML.
    name : str
        Name of the notebook, for error messages.
    reports : container of str
        Names of the pages in its set. If there are none, there is no index either.

    Raises
    ------
    PressError
        For the first problem, with the cell that it occurs in.
    """
    reader = _Reader({f"{each}.html" for each in (*reports, "index")} if reports else set())
    reader.feed(page)
    reader.close()
    dead = [
        (cell, f"the link to #{anchor} leads nowhere: there is no heading with that name")
        for cell, anchor in reader.anchors
        if anchor not in reader.ids
    ]
    for cell, problem in reader.problems + dead:
        where = f"{name}, {cell.replace('-', ' ')}" if cell else name
        raise PressError(f"{where}: {problem}.")


class _Reader(HTMLParser):
    def __init__(self, pages):
        super().__init__()
        self.pages = pages
        self.cell, self.in_style = "", False
        self.problems, self.anchors, self.ids = [], [], {"top"}

    def handle_starttag(self, tag, attributes):
        attributes = {key: value or "" for key, value in attributes}
        self._note_place(attributes)
        self.in_style = tag == "style"
        for key, value in attributes.items():
            loads = key in LOADS or (key in ("href", "xlink:href") and tag in LOADS_BY_HREF)
            if loads and value and not value.startswith(INSIDE):
                self._problem(f"<{tag}> would load {value[:80]!r}; a report must be self-contained")
        self._check_style(attributes.get("style", ""))
        if tag == "img" and attributes.get("alt", "").strip() in ("", PLACEHOLDER):
            self._problem(
                "an image has no alternative text. Describe the figure in "
                'metadata["image/png"]["alt"], as dkm.plots.show does, or write ![words](image.png)'
            )
        if tag == "a" and "href" in attributes:
            self._check_link(attributes["href"])

    def handle_endtag(self, tag):
        self.in_style = self.in_style and tag != "style"

    def handle_data(self, data):
        if self.in_style:
            self._check_style(data)

    def _note_place(self, attributes):
        here = attributes.get("id", "")
        if here:
            self.ids.add(here)
        if "data-cell" in attributes:
            self.cell = attributes["data-cell"]

    def _check_style(self, style):
        loads = re.search(r"@import|url\(\s*['\"]?(?!data:|#)[^)]", style)
        if loads:
            self._problem(
                f"a style would load something ({loads[0]}); a report must be self-contained"
            )

    def _check_link(self, target):
        parts = urlsplit(target)
        if parts.scheme:
            return
        if not parts.path:
            self.anchors.append((self.cell, unquote(parts.fragment)))
        elif parts.path not in self.pages:
            self._problem(
                f"the link to {target} leads nowhere: there is no such page next to the report"
            )

    def _problem(self, text):
        self.problems.append((self.cell, text))
