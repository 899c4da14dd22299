"""All methods on the same data, combining rows of the study and figures from the lessons."""

import csv
import re
import tomllib
from statistics import fmean, pstdev

from dkm.press import PressError

MEASURES = {"accuracy": "acc", "NMI": "nmi", "ARI": "ari"}
RECORDED = re.compile(rf"(?P<method>.+) on (?P<data>.+), (?P<measure>{'|'.join(MEASURES)})")
ROWS = "reports/results/study.csv"
NAMES = "reports/results/names.toml"


def comparison(clone, entries):
    """For each data set, the methods that were measured on it.

    Parameters
    ----------
    clone : Path
        Its ``reports/results`` contains the rows (``study.csv``) and their names and order
        (``names.toml``).
    entries : list of dict
        Entries of the index. A figure is included if it is recorded with seeds under a name such as
        "K-Means on digits, accuracy". If two lessons record the same figure, the first one counts.

    Returns
    -------
    list of dict
        ``data``, its title, and ``rows``, each with ``method``, ``runs``, ``clusters``, ``page``
        (the lesson it comes from, or None), and for each of `MEASURES` either (mean, standard
        deviation over seeds with ddof=0) in percent, or None.

    Raises
    ------
    PressError
        If one of the files cannot be read, or a column is missing.
    """
    try:
        names = tomllib.loads((clone / NAMES).read_text(encoding="utf-8"))
        with open(clone / ROWS, encoding="utf-8", newline="") as file:
            found = _of_study(list(csv.DictReader(file)))
    except FileNotFoundError:
        names, found = {}, {}
    except (ValueError, KeyError) as error:
        raise PressError(f"{ROWS} or {NAMES} cannot be read: {error}.") from error
    found = _named(found, names) | _of_lessons(entries, names.get("data", {}))
    groups = {}
    for (data, method), row in found.items():
        groups.setdefault(data, []).append({"method": method, **row})
    order = {group: list(names.get(group, {}).values()) for group in ("data", "methods")}
    return [
        {"data": data, "rows": sorted(groups[data], key=_place(order["methods"], "method"))}
        for data in sorted(groups, key=_place(order["data"]))
    ]


def _of_study(rows):
    """Summary of the rows for each (data set, method)."""
    keys = dict.fromkeys((row["dataset"], row["method"]) for row in rows)
    found = {}
    for data, method in keys:
        runs = [row for row in rows if (row["dataset"], row["method"]) == (data, method)]
        scores = {m: [100 * float(run[m]) for run in runs] for m in MEASURES.values()}
        least = min(runs, key=lambda run: int(run["clusters"]))
        found[data, method] = {
            "runs": len(runs),
            "clusters": f"{least['clusters']} of {least['n_clusters']}",
            "page": None,
            **{m: (fmean(values), pstdev(values)) for m, values in scores.items()},
        }
    return found


def _named(found, names):
    """The rows that have a display name, keyed by it. All others are left out."""
    data, methods = names.get("data", {}), names.get("methods", {})
    return {
        (data[d], methods[m]): row for (d, m), row in found.items() if d in data and m in methods
    }


def _of_lessons(entries, data):
    found = {}
    for entry in entries:
        for record in entry.get("recorded", []):
            name = RECORDED.fullmatch(record["name"])
            if name and record["seeds"] and record["spread"] is not None:
                row = found.setdefault(
                    (data.get(name["data"], name["data"]), name["method"]),
                    {"runs": len(record["seeds"]), "clusters": "", "page": entry["name"]}
                    | dict.fromkeys(MEASURES.values()),
                )
                measure = MEASURES[name["measure"]]
                if row["page"] == entry["name"]:
                    row[measure] = (100 * record["value"], 100 * record["spread"])
    return found


def _place(order, key=None):
    """A sort key: the position in `order`. Anything not in `order` comes last."""

    def place(each):
        name = each[key] if key else each
        return (order.index(name) if name in order else len(order), name)

    return place
