"""Looks a finished page over: complete in itself, every image described, no dead link."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from dkm.press import PressError

LOADS = ("src", "srcset", "poster", "data", "background")  # attributes that make a browser fetch
LOADS_BY_HREF = ("link", "use", "image", "feimage")
INSIDE = ("data:", "#")
PLACEHOLDER = "No description has been provided for this image"


def inspect(page, name, reports):
    """See that a page works alone, offline, for everyone.

    Parameters
    ----------
    page : str
        The HTML.
    name : str
        Of the notebook, for errors.
    reports : container of str
        Names of the pages of its set; where there are none, there is no index either.

    Raises
    ------
    PressError
        For the first thing that is wrong, with the cell that it stands in.
    """
    reader = _Reader({f"{each}.html" for each in (*reports, "index")} if reports else set())
    reader.feed(page)
    reader.close()
    dead = [
        (cell, f"#{anchor} leads nowhere: no heading of that name")
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
                self._problem(f"<{tag}> would load {value[:80]!r}; a report carries all it shows")
        self._check_style(attributes.get("style", ""))
        if tag == "img" and attributes.get("alt", "").strip() in ("", PLACEHOLDER):
            self._problem(
                "an image has no alternative text. Give the figure its text in words "
                '(metadata["image/png"]["alt"], as dkm.plots.show does), or ![words](image.png)'
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
                f"a style would load something ({loads[0]}); a report carries all it shows"
            )

    def _check_link(self, target):
        parts = urlsplit(target)
        if parts.scheme:
            return
        if not parts.path:
            self.anchors.append((self.cell, unquote(parts.fragment)))
        elif parts.path not in self.pages:
            self._problem(f"the link to {target} leads nowhere beside the report")

    def _problem(self, text):
        self.problems.append((self.cell, text))
