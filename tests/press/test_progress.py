import sys
from types import SimpleNamespace

from dkm.press.progress import Progress

LESSONS = [SimpleNamespace(name="01_a", code_cells=3), SimpleNamespace(name="02_bcd", code_cells=1)]


def show_all(events):
    with Progress(LESSONS) as progress:
        for name, event in events:
            progress.show(name, event)


EVENTS = [
    ("01_a", {"event": "start"}),
    ("02_bcd", {"event": "start"}),
    ("01_a", {"event": "cell", "done": 1}),
    ("02_bcd", {"event": "cell", "done": 2}),  # one more: a cell for changed parameters
    ("02_bcd", {"event": "end", "failure": {"number": 1}}),
    ("01_a", {"event": "end", "failure": None}),
]


def test_plain_lines_where_there_is_no_terminal(capsys):
    show_all(EVENTS)
    told = capsys.readouterr().err.splitlines()
    assert told == ["01_a: running", "02_bcd: running", "02_bcd: stopped", "01_a: done"]


def test_a_bar_each_in_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    show_all(EVENTS)
    told = capsys.readouterr().err
    assert "01_a   " in told
    assert "1/3 cells" in told
    assert "1/1 cells" in told
