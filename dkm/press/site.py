"""The index of a set of reports, made from the metadata of the notebooks with outputs."""

import json
import re
from pathlib import Path

from dkm._util.files import write_atomically
from dkm.press.comparison import comparison
from dkm.press.freshness import FORMAT, digest, template_key
from dkm.press.lessons import core_path
from dkm.press.provenance import provenance
from dkm.press.runner import executed_path

NOT_RUN = "not run yet"
STORED = "from the outputs stored in the notebook"
KEY = re.compile(rb'<meta name="dkm-key" content="(\w*)">')


def facts_of(folder, name):
    """The metadata of the last run of a notebook; None if there was no run."""
    return facts_in(executed_path(Path(folder) / "notebooks", name))


def facts_in(path):
    """The run metadata of a notebook with outputs; None if the file is missing or broken."""
    try:
        facts = json.loads(path.read_bytes())["metadata"]["dkm"]
    except (OSError, ValueError, KeyError):
        return None
    return facts if facts.get("format") == FORMAT else None


def page_key(path):
    """The key in a page; None if there is no page made by dkm."""
    try:
        with open(path, "rb") as file:
            found = KEY.search(file.read(2000))
    except OSError:
        return None
    return found[1].decode() if found else None


def write_index(folder, lessons, keys, clone):
    """Write ``index.html``, unless it is up to date.

    Parameters
    ----------
    folder : Path
        The folder of reports.
    lessons : sequence of Lesson
        The notebooks to list, in order.
    keys : dict of str -> str
        Name to the key that an up-to-date run would have, as far as known.
    clone : Path
        The clone, for the provenance.

    Returns
    -------
    Path
    """
    path = Path(folder) / "index.html"
    entries = [_entry(folder, lesson, keys.get(lesson.name)) for lesson in lessons]
    core = core_path(clone)
    for entry in entries:
        entry["core"] = entry["name"] in core
    from_here = provenance(clone)
    pages = [page_key(Path(folder) / f"{each['name']}.html") for each in entries]
    compared = comparison(clone, entries)
    api = (Path(folder) / "api" / "index.html").exists()
    key = digest(json.dumps([entries, compared, pages, from_here, api]), template_key())
    if page_key(path) != key:
        # Imported late: loading takes a second, and usually there is nothing to do.
        from dkm.press.render_page import course_page

        places = [place for each in entries for place in fill(folder, each)]
        site = {
            "core": [each for each in entries if each["core"]],
            "beside": [each for each in entries if not each["core"]],
            "lessons": entries,
            "film": next((each["film"] for each in entries if each["film"]), None),
            "sourced": sourced(entries),
            "compared": compared,
            "places": json.dumps(places, ensure_ascii=False).replace("</", "<\\/"),
            "provenance": from_here,
            "key": key,
            "summary": _summary(entries),
            "api": api,
        }
        write_atomically(path, course_page(site))
    return path


def fill(folder, entry):
    """Add the claims, the thumbnail and the film of a run to its entry.

    Returns
    -------
    list of dict
        The searchable places of its page: ``page``, ``anchor``, ``in``, ``heading``, ``text``.
    """
    from dkm.press import collect_outputs  # imported late: it loads IPython and Pillow

    entry.update(claims=[], picture=None, film=None)
    if not entry["page"]:
        return []
    path = executed_path(Path(folder) / "notebooks", entry["name"])
    if facts_in(path):
        notebook = json.loads(path.read_bytes())
        entry.update(
            claims=collect_outputs.claims(notebook),
            picture=collect_outputs.thumbnail(notebook),
            film=collect_outputs.film(notebook),
        )
    html = (Path(folder) / f"{entry['name']}.html").read_text(encoding="utf-8")
    about = {"page": f"{entry['name']}.html", "in": entry["title"]}
    claims = [
        {"anchor": f"claim-{c['number']}", "heading": c["statement"], "text": c["measured"]}
        for c in entry["claims"]
    ]
    return [{**about, **each} for each in collect_outputs.sections(html) + claims]


def sourced(entries):
    """The claims that come from other sources, sorted by source."""
    found = [
        {**claim, "name": entry["name"], "title": entry["title"]}
        for entry in entries
        for claim in entry["claims"]
        if claim["source"]
    ]
    return sorted(found, key=lambda claim: claim["source"])


def _entry(folder, lesson, key):
    """The entry of one notebook in the index."""
    facts = facts_of(folder, lesson.name)
    entry = {
        "number": "" if lesson.title.startswith(lesson.number) else lesson.number,
        "name": lesson.name,
        "title": lesson.title,
        "aim": lesson.aim,
        "page": (Path(folder) / f"{lesson.name}.html").exists(),
        "status": NOT_RUN,
        "facts": _minutes(lesson),
        "records": [],
    }
    if facts is None:
        return entry
    claims, failure, stored = facts["claims"], facts["failure"], facts.get("stored", False)
    changed = [f"{n} = {text}" for n, text in facts["parameters"] if n in facts["changed"]]
    entry.update(
        status=_status(facts, key),
        bad=bool(failure or claims["failed"]),
        good=not failure and not claims["failed"] and (stored or key in (None, facts["key"])),
        facts=[*entry["facts"], *([] if stored else [f"took {facts['seconds']} s"])],
        stored=stored,
        count=count(claims),
        kept=claims["kept"],
        failed=len(claims["failed"]),
        records=[_record(record) for record in facts["records"]],
        recorded=facts["records"],
    )
    if changed:
        entry["facts"].append("with " + ", ".join(changed))
    return entry


def count(claims):
    """A short summary of the claims."""
    failed, applicable = len(claims["failed"]), claims["kept"] + len(claims["failed"])
    if not applicable:
        return "no claims"
    if failed:
        return f"{failed} of {applicable} claims failed"
    return f"{applicable} claims passed" if applicable > 1 else "1 claim passed"


def _status(facts, key):
    if facts["failure"]:
        return f"✗ stopped in code cell {facts['failure']['number']}: {facts['failure']['error']}"
    if facts["claims"]["failed"]:
        return "✗ a claim failed" if len(facts["claims"]["failed"]) == 1 else "✗ claims failed"
    if facts.get("stored"):
        return STORED
    if key not in (None, facts["key"]):
        return "from an earlier version of the notebook or package"
    return "✓ completed"


def _minutes(lesson):
    times = ((what, lesson.minutes(what)) for what in ("Read", "Run"))
    return [f"{what.lower()} {stated}" for what, stated in times if stated]


def _record(record):
    """A headline figure as text."""
    if record["spread"] is None:
        text = f"{record['name']}: {record['value']:.4g}"
    else:
        text = f"{record['name']}: {record['value']:.3f} ± {record['spread']:.3f}"
    return text + (f" ({len(record['seeds'])} seeds)" if record["seeds"] else "")


def _summary(entries):
    """A sentence on how many notebooks were run and how many claims passed."""
    shown = [entry for entry in entries if "count" in entry]
    stored = sum(entry["stored"] for entry in shown)
    kept, failed = (sum(entry[which] for entry in shown) for which in ("kept", "failed"))
    run = len(shown) - stored
    words = f"{run} of {len(entries)} notebooks have been run." if run or not stored else ""
    if stored:
        words += (
            f" {stored} {'page shows' if stored == 1 else 'pages show'} the outputs stored in the "
            "notebook; continuous integration compares them with a fresh run."
        )
    if kept or failed:
        words += f" {kept} of {kept + failed} claims passed, {failed} failed."
    return words.strip()
