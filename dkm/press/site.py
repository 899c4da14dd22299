"""The index over a set of reports, from what the notebooks with outputs say of themselves."""

import json
import re
from pathlib import Path

from dkm.files import write_whole
from dkm.press.freshness import FORMAT, digest, template_key
from dkm.press.provenance import provenance
from dkm.press.runner import executed_path

KEY = re.compile(rb'<meta name="dkm-key" content="(\w*)">')


def facts_of(folder, name):
    """What the last run of a notebook left in its metadata; None where there was none."""
    return facts_in(executed_path(Path(folder) / "notebooks", name))


def facts_in(path):
    """What a notebook with outputs says of its run; None where it is not there or broken."""
    try:
        facts = json.loads(path.read_bytes())["metadata"]["dkm"]
    except (OSError, ValueError, KeyError):
        return None
    return facts if facts.get("format") == FORMAT else None


def page_key(path):
    """The key that a page carries; None where there is no page of ours."""
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
        Of the reports.
    lessons : sequence of Lesson
        What to list, in order.
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
    from_here = provenance(clone)
    key = digest(json.dumps(entries), json.dumps(from_here), template_key())
    if page_key(path) != key:
        # Here, as it takes a second to load, and mostly nothing is to be done.
        from dkm.press.html import course_page

        site = {
            "lessons": entries,
            "provenance": from_here,
            "key": key,
            "summary": _summary(entries),
        }
        write_whole(path, course_page(site))
    return path


def _entry(folder, lesson, key):
    """What the index says of one notebook."""
    facts = facts_of(folder, lesson.name)
    entry = {
        "number": "" if lesson.title.startswith(lesson.number) else lesson.number,
        "name": lesson.name,
        "title": lesson.title,
        "aim": lesson.aim,
        "page": (Path(folder) / f"{lesson.name}.html").exists(),
        "status": "not run yet",
        "facts": _minutes(lesson),
        "failed_claims": [],
        "records": [],
    }
    if facts is None:
        return entry
    claims, failure = facts["claims"], facts["failure"]
    changed = [f"{n} = {text}" for n, text in facts["parameters"] if n in facts["changed"]]
    entry.update(
        status=_status(facts, key),
        bad=bool(failure or claims["failed"]),
        good=not failure and not claims["failed"] and key in (None, facts["key"]),
        facts=[*entry["facts"], f"took {facts['seconds']} s", count(claims)],
        failed_claims=claims["failed"],
        records=[_record(record) for record in facts["records"]],
    )
    if changed:
        entry["facts"].append("with " + ", ".join(changed))
    return entry


def count(claims):
    """Claims in words."""
    failed, asked = len(claims["failed"]), claims["kept"] + len(claims["failed"])
    if not asked:
        return "no claims"
    if failed:
        return f"{failed} of {asked} claims failed"
    return f"{asked} claims kept" if asked > 1 else "1 claim kept"


def _status(facts, key):
    if facts["failure"]:
        return f"✗ stopped in code cell {facts['failure']['number']}: {facts['failure']['error']}"
    if facts["claims"]["failed"]:
        return "✗ a claim failed" if len(facts["claims"]["failed"]) == 1 else "✗ claims failed"
    if key not in (None, facts["key"]):
        return "from an earlier state of the notebook or package"
    return "✓ run to its end"


def _minutes(lesson):
    return [f"{what.lower()} {said}" for what in ("Read", "Run") if (said := lesson.minutes(what))]


def _record(record):
    """A headline figure in words."""
    if record["spread"] is None:
        text = f"{record['name']}: {record['value']:.4g}"
    else:
        text = f"{record['name']}: {record['value']:.3f} ± {record['spread']:.3f}"
    return text + (f" ({len(record['seeds'])} seeds)" if record["seeds"] else "")


def _summary(entries):
    run = sum(entry["status"] != "not run yet" for entry in entries)
    return f"{run} of {len(entries)} notebooks have been run."
