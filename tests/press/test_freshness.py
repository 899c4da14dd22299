import os

import pytest
from press_helpers import make_clone, notebook

from dkm.press.freshness import execution_key, render_key, source_key


@pytest.fixture
def clone(tmp_path):
    clone = make_clone(tmp_path / "clone", n01_a=notebook("1"))
    for path in ("dkm/kmeans.py", "dkm/press/html.py", "dkm/cli.py", "reports/results/a.csv"):
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text("1")
    return clone


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("dkm/kmeans.py", True),
        ("dkm/new/module.py", True),
        ("requirements.lock", True),
        ("reports/results/a.csv", True),
        ("dkm/press/html.py", False),
        ("dkm/cli.py", False),
        ("README.md", False),
    ],
)
def test_what_a_run_depends_on(clone, path, counts):
    before = source_key(clone)
    (clone / path).parent.mkdir(exist_ok=True)
    (clone / path).write_text("2")
    assert (source_key(clone) != before) is counts


def test_the_users_data_count(clone, tmp_path, monkeypatch):
    before = source_key(clone)
    monkeypatch.setenv("DKM_DATA", str(tmp_path / "data"))
    assert source_key(clone) == before
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mnist.npz").write_text("1")
    with_data = source_key(clone)
    assert with_data != before
    os.utime(tmp_path / "data" / "mnist.npz", (1, 1))
    assert source_key(clone) != with_data


def test_cells_tags_and_typed_parameters_count_and_outputs_do_not():
    def cell(source="1", **metadata):
        return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": []}

    def key(cells, **parameters):
        return execution_key(cells, parameters, "sources")

    base = key([cell()], k=1)
    assert key([{**cell(), "outputs": [1], "execution_count": 3}], k=1) == base
    others = [key([cell("2")], k=1), key([cell(tags=["a"])], k=1), key([cell()], k=1.0)]
    others += [key([cell()], k=True), key([cell()], k="1"), key([cell(), cell()], k=1)]
    assert len({base, *others}) == 1 + len(others)


def test_a_page_depends_on_its_notebook_and_on_its_neighbours():
    a, b = {"a": "A"}, {"b": "B"}
    assert render_key(b"1", a | b) == render_key(b"1", b | a)
    keys = {render_key(b"1", a), render_key(b"2", a), render_key(b"1", a | b)}
    assert len(keys | {render_key(b"1", {"a": "another title"})}) == 4
