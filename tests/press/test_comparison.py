"""All methods on the same data: from the rows of the study and from what lessons record."""

import re

import pytest
from press_helpers import make_clone

from dkm.press import PressError
from dkm.press.comparison import NAMES, ROWS, comparison
from dkm.press.render_page import course_page

TITLES = """
[data]
large = "Large <data>"
small = "Small data"
[methods]
plain = "Plain"
deep = "Deep"
"""
STUDY = """method,dataset,seed,acc,nmi,ari,clusters,n_clusters
deep,large,1,0.8,0.7,0.6,10,10
deep,large,2,0.9,0.7,0.5,9,10
hidden,large,1,0.1,0.1,0.1,10,10
plain,large,1,0.5,0.4,0.3,10,10
"""


def record(name, value=0.5, spread=0.1, seeds=(0, 1, 2)):
    return {"name": name, "value": value, "spread": spread, "seeds": seeds and list(seeds)}


def entry(name, *records):
    return {"name": name, "recorded": list(records)}


@pytest.fixture
def clone(tmp_path):
    folder = make_clone(tmp_path / "clone")
    (folder / "reports" / "results").mkdir(parents=True)
    (folder / NAMES).write_text(TITLES)
    (folder / ROWS).write_text(STUDY)
    return folder


def test_runs_are_told_by_mean_and_deviation_in_the_named_order(clone):
    (large,) = comparison(clone, [])
    assert large["data"] == "Large <data>"
    plain, deep = large["rows"]
    assert (plain["method"], deep["method"]) == ("Plain", "Deep")
    assert deep["acc"] == pytest.approx((85, 5))
    assert deep["nmi"] == pytest.approx((70, 0))
    assert deep["ari"] == pytest.approx((55, 5))
    assert (deep["runs"], deep["clusters"], deep["page"]) == (2, "9 of 10", None)
    assert plain["acc"] == pytest.approx((50, 0))


def test_what_lessons_record_stands_beside_it_and_the_first_lesson_counts(clone):
    entries = [
        entry("04", record("Plain on small, accuracy"), record("Plain on small, NMI", 0.7, 0.2)),
        entry("05", record("Plain on small, ARI"), record("New on small, accuracy", 0.9)),
        entry("06", record("New on other, NMI"), record("Plain on small, inertia")),
        entry("07", record("Old on small, NMI", spread=None)),
        entry("08", record("Odd on small, NMI", seeds=None)),
        {"name": "09"},
    ]  # fmt: skip
    large, small, other = comparison(clone, entries)
    assert [group["data"] for group in (large, small, other)] == [
        "Large <data>", "Small data", "other"
    ]  # fmt: skip
    plain, new = small["rows"]
    assert (plain["method"], plain["page"], plain["runs"]) == ("Plain", "04", 3)
    assert plain["acc"] == pytest.approx((50, 10))
    assert plain["nmi"] == pytest.approx((70, 20))
    assert plain["ari"] is None
    assert (new["method"], new["page"]) == ("New", "05")


def test_without_rows_there_is_what_the_lessons_say(clone):
    (clone / ROWS).unlink()
    assert comparison(clone, []) == []
    (group,) = comparison(clone, [entry("04", record("Plain on x, NMI"))])
    assert group["data"] == "x"


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [(ROWS, "acc", "accuracy", "acc"), (ROWS, "0.8", "x", "'x'"), (NAMES, "=", ":", "names.toml")],
)
def test_rows_that_cannot_be_read_are_told(clone, name, old, new, words):
    (clone / name).write_text((clone / name).read_text().replace(old, new))
    with pytest.raises(PressError, match=words):
        comparison(clone, [])


def test_the_index_has_a_table_and_a_picture(clone):
    site = {"compared": comparison(clone, [entry("04", record("Plain on small, NMI"))])}
    site |= {"lessons": [], "key": "", "places": "[]", "provenance": {"versions": []}}
    html = course_page(site)
    cells = re.findall(r"<tr><td>(.*?)</td></tr>", html)
    assert cells == [
        "Plain</td><td>1</td><td>50.0</td><td>40.0</td><td>30.0</td><td>10 of 10",
        "Deep</td><td>2</td><td>85.0 ± 5.0</td><td>70.0 ± 0.0</td><td>55.0 ± 5.0</td><td>9 of 10",
        '<a href="04.html">Plain</a></td><td>3</td><td></td><td>50.0 ± 10.0</td><td></td><td>',
    ]
    assert html.count("Large &lt;data&gt;") == 2
    middle, half = (float(re.findall(rf'{what}="([\d.]+)"', html)[-1]) for what in ("cx", "x2"))
    at = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', html)]
    ticks = re.findall(r'<text x="([\d.]+)"[^>]*>(\d+)</text>', html)
    scale = {int(percent): float(x) for x, percent in ticks}
    assert at == pytest.approx(
        [(scale[40] + scale[60]) / 2, scale[80] + (scale[100] - scale[80]) / 4]
    )
    assert half - middle == pytest.approx((scale[100] - scale[0]) * 0.05, abs=0.1)


def test_it_is_made_anew_when_the_rows_change(clone, tmp_path):
    from dkm.press.site import write_index

    (tmp_path / "html").mkdir()
    said = []
    for rows in (STUDY, STUDY.replace("0.9", "0.7")):
        (clone / ROWS).write_text(rows)
        said.append(write_index(tmp_path / "html", [], {}, clone).read_text())
    assert "85.0 ± 5.0" in said[0]
    assert "75.0 ± 5.0" in said[1]
