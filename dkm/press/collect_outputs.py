"""What the index extracts from a finished report: claims, sections and a thumbnail."""

import base64
import io
import re
from html.parser import HTMLParser
from types import SimpleNamespace

from PIL import Image

from dkm.claims import failed, found

WIDTH = 360  # of a thumbnail in pixels, twice the displayed size
SKIPPED = {"style", "script", "pre", "math", "nav", "summary", "select", "footer", "button"}
SECTIONS = {"h1", "h2", "h3"}
VOID = {"img", "input", "br", "hr", "meta", "link", "source", "col", "wbr"}


def claims(notebook):
    """The claims of a run, in the order in which the page numbers them.

    Parameters
    ----------
    notebook : dict
        The notebook with outputs, as JSON.

    Returns
    -------
    list of dict
        ``number``, ``statement``, ``measured``, ``source``, ``state`` (kept, failed or open) and
        ``verdict``, a description of the state.
    """
    last = (notebook["metadata"]["dkm"]["failure"] or {}).get("cell", len(notebook["cells"]))
    those, _ = found(SimpleNamespace(cells=notebook["cells"][: last + 1]))
    return [
        {
            "number": number,
            **{key: each[key] for key in ("statement", "measured")},
            "source": f"{each['refutes']} (states the opposite)"
            if each["refutes"]
            else each["source"],
            "state": "failed" if failed(each) else "kept" if each["applies"] else "open",
            "verdict": verdict(each),
        }
        for number, each in enumerate(those, start=1)
    ]


def results(executed):
    """A summary of the claims of a run, and its records in full, for the index.

    Parameters
    ----------
    executed : nbformat.NotebookNode
        The notebook with outputs.

    Returns
    -------
    dict
        ``claims`` (the number ``kept`` and ``open``, and a list of those that ``failed``) and
        ``records``.
    """
    claims, records = found(executed)
    broken = [{key: c[key] for key in ("statement", "cell")} for c in claims if failed(c)]
    kept = sum(c["applies"] and not failed(c) for c in claims)
    not_applicable = sum(not c["applies"] for c in claims)
    counts = {"kept": kept, "failed": broken, "open": not_applicable}
    return {"claims": counts, "records": records}


def verdict(claim):
    """A description of how a claim turned out."""
    if not claim["applies"]:
        return "does not apply to this data"
    return "holds" if claim["holds"] else "does not hold"


def thumbnail(notebook):
    """A thumbnail of the first figure of a run.

    Returns
    -------
    dict or None
        ``data``, WebP in base64, and ``alt``, the first sentence of the figure's alt text.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                words = output["metadata"].get("image/png", {}).get("alt", "")
                data = base64.b64decode("".join(output["data"]["image/png"]))
                return {"data": _small(data), "alt": re.split(r"(?<=[.:;])\s", words)[0]}
    return None


def film(notebook):
    """The HTML of the first figure to step through, as `dkm.plots.stepper` made it; or None."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if 'class="dkm-steps"' in html:
                return html
    return None


def _small(data):
    with Image.open(io.BytesIO(data)) as image:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image)
    paper = paper.convert("RGB")
    paper.thumbnail((WIDTH, WIDTH))
    file = io.BytesIO()
    paper.save(file, "WEBP", quality=75)
    return base64.b64encode(file.getvalue()).decode()


def sections(page):
    """The text of a page, section by section, for the search.

    Parameters
    ----------
    page : str
        The HTML of a report.

    Returns
    -------
    list of dict
        ``anchor``, ``heading`` and ``text``, without code and formulas.
    """
    reader = _Sections()
    reader.feed(page)
    reader.close()
    for each in reader.found:
        each.update({key: " ".join(each[key].split()) for key in ("heading", "text")})
    return reader.found


class _Sections(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.in_main, self.heading, self.skipped = [], False, "", []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "main":
            self.in_main = True
        if self.skipped == ["summary"] and tag in SECTIONS:
            self.skipped = []  # a section that is folded below its heading
        if self.skipped or tag in SKIPPED or attributes.get("class") == "anchor":
            if tag not in VOID:
                self.skipped.append(tag)
        elif self.in_main and tag in SECTIONS:
            anchor = attributes.get("id", "")
            self.found.append({"anchor": anchor, "heading": "", "text": ""})
            self.heading = tag

    def handle_endtag(self, tag):
        if tag == "main":
            self.in_main = False
        if self.skipped:
            if self.skipped[-1] == tag:
                self.skipped.pop()
        elif tag == self.heading:
            self.heading = ""

    def handle_data(self, data):
        if self.in_main and self.found and not self.skipped:
            self.found[-1]["heading" if self.heading else "text"] += data + " " * (not self.heading)
