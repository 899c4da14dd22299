"""The page of one notebook, made by nbconvert with a custom template."""

import re
from base64 import b64encode
from itertools import count, groupby
from pathlib import Path

import nbformat
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from traitlets.config import Config

from dkm.claims import METADATA_KEY, failed, found
from dkm.press import PressError
from dkm.press.inspect_page import inspect
from dkm.press.markdown import Renderer
from dkm.press.notebook_form import is_folded
from dkm.press.provenance import SEEDS

TEMPLATE = Path(__file__).parent / "template"
IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
DEEPER = "Going deeper"  # the heading of the sections that are folded
FIRST_HEADING = re.compile(r"<h(?P<level>[1-6])\b[^>]*>(?P<text>.*?)</h(?P=level)>\s*", re.DOTALL)
PERMALINK = re.compile(r'<a class="anchor".*?</a>')
SHOWN = ("text/html", "text/markdown", "text/latex", *IMAGES, "text/plain")


class ReportExporter(TemplateExporter):
    """Notebook to HTML with ``template/``: one short script, nothing loaded from elsewhere."""

    output_mimetype = "text/html"

    def __init__(self, **settings):
        super().__init__(
            template_name="template",
            extra_template_basedirs=[str(Path(__file__).parent)],
            **settings,
        )
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3"))

    def _file_extension_default(self):
        return ".html"

    @property
    def default_config(self):
        """Which format nbconvert chooses if an output has several."""
        config = Config({"NbConvertBase": {"display_data_priority": list(SHOWN)}})
        config.merge(super().default_config or Config())
        return config


def page(executed, name, *, reports, key, folder):
    """The HTML of a report.

    Parameters
    ----------
    executed : str
        The notebook with outputs, as written by `dkm.press.worker`.
    name : str
        Its name.
    reports : dict of str -> str
        Name to title of all reports in the set, in order; empty for a standalone page.
    key : str
        The key that marks the page as up to date.
    folder : Path
        The folder of the notebook, for images in its text.

    Raises
    ------
    PressError
        If a formula cannot be converted, an image has no description, or the page would load
        something from elsewhere.
    """
    notebook = nbformat.reads(executed, as_version=4)
    facts = notebook.metadata["dkm"]
    claims, _ = found(notebook)
    claims = [{**each, "number": number} for number, each in enumerate(claims, start=1)]
    if facts["failure"]:
        facts["stopped_at"] = notebook.cells[facts["failure"]["cell"]].source
        facts["left_out"] = len(notebook.cells) - facts["failure"]["cell"] - 1
        notebook.cells = notebook.cells[: facts["failure"]["cell"] + 1]
    renderer = Renderer(folder, reports)
    _set_text(notebook, renderer, name)
    _group_silent(notebook)
    _group_deeper(notebook)
    headings = [each for each in renderer.headings if each[0] in (2, 3)]
    title = next((text for level, _, text in renderer.headings if level == 1), name)
    view = {
        **facts,
        **neighbours(name, reports),
        "name": name,
        "title": title,
        "tab": ("✗ " if facts["failure"] else "") + _tab(facts, title),
        "titled": any(level == 1 for level, _, _ in renderer.headings),
        "contents": headings,
        "key": key,
        "math_font": _math_font() if renderer.formulas else "",
        "seeds": [each for each in facts["parameters"] if each[0] in SEEDS],
        "failed_claims": [each for each in claims if failed(each)],
    }
    html, _ = ReportExporter().from_notebook_node(notebook, {"report": view})
    inspect(html, name, reports)
    return html


def _tab(facts, title):
    return f"{facts['table']['name']} · {title}" if "table" in facts else title


def error_page(name, problem, *, reports, key):
    """A placeholder page that says why the report could not be made."""
    view = {
        "name": name,
        "title": name,
        "tab": name,
        "key": key,
        "problem": problem,
        **neighbours(name, reports),
    }
    return ReportExporter().from_notebook_node(nbformat.v4.new_notebook(), {"report": view})[0]


def neighbours(name, reports):
    """The previous and the next report, each with its title, if the page belongs to a set."""
    if not reports:
        return {"alone": True}
    those = list(reports.items())
    at = list(reports).index(name)
    return {
        "previous": those[at - 1] if at > 0 else None,
        "next": those[at + 1] if at + 1 < len(those) else None,
    }


def _set_text(notebook, renderer, name):
    """Add the HTML of all Markdown, and cell and claim numbers, where the template needs them."""
    claims = count(1)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata["number"] = number
        try:
            if cell.cell_type == "markdown":
                html = renderer.render(cell.source, cell.get("attachments"))
                cell.metadata["html"] = _without_empty_headings(html)
            for output in cell.get("outputs", []):
                _set_output(output, renderer)
                if "claim" in output.get("metadata", {}).get(METADATA_KEY, {}):
                    output.metadata["number"] = next(claims)
        except PressError as error:
            raise PressError(f"{name}, cell {number}: {error}") from error


def _is_silent(cell):
    return cell.cell_type == "code" and is_folded(cell) and not cell.outputs


def _group_silent(notebook):
    """Mark runs of consecutive folded cells without outputs, so that they fold into one."""
    for is_silent, those in groupby(notebook.cells, key=_is_silent):
        cells = list(those)
        if is_silent and len(cells) > 1:
            cells[0].metadata["opens"] = len(cells)
            cells[-1].metadata["closes"] = True


def _group_deeper(notebook):
    """Mark the sections under "Going deeper", so that each folds below its heading."""
    deeper, open_section, last = False, False, None
    for cell in notebook.cells:
        heading = FIRST_HEADING.match(cell.metadata.get("html", ""))
        if heading and int(heading["level"]) <= 3:
            if open_section:
                last.metadata["closes_section"] = True
            if heading["level"] == "2":
                deeper = DEEPER in heading["text"]
            open_section = deeper and heading["level"] == "3"
            if open_section:
                # No link to the heading: a summary must not hold a second control.
                cell.metadata["opens_section"] = PERMALINK.sub("", heading[0])
                cell.metadata["html"] = cell.metadata["html"][heading.end() :]
        last = cell
    if open_section:
        last.metadata["closes_section"] = True


def _set_output(output, renderer):
    data = output.get("data", {})
    if "text/html" in data:
        data["text/html"] = _without_empty_headings(data["text/html"])
    elif "text/markdown" in data:
        data["text/html"] = renderer.render(data["text/markdown"])
    elif "text/latex" in data:
        data["text/html"] = f"<p>{renderer.render(data['text/latex'])}</p>"


def _without_empty_headings(html):
    """Make the empty corner of a table a plain cell; screen readers announce empty headings."""
    return html.replace("<th></th>", "<td></td>")


def _math_font():
    """The font for formulas, base64 for a style sheet. See `tools.math_font`."""
    return b64encode((TEMPLATE / "math.woff2").read_bytes()).decode()


def course_page(site):
    """The HTML of the index. Its content comes from `dkm.press.site`."""
    return ReportExporter().environment.get_template("course.html.j2").render(site=site)
