import copy
import sys
import sysconfig
from pathlib import Path

from nbformat.v4 import new_output
from press_helpers import code, notebook, text

from dkm.press.notebook_form import as_text, normalised, shortener, without_paths


def stream(words, name="stdout"):
    return new_output("stream", name=name, text=words)


def test_two_runs_take_one_form():
    def ran(count, moment):
        cell = code("1", "keep", execution_count=count, outputs=[
            stream("a"), stream("no", "stderr"), stream("b"),
            new_output("execute_result", {"text/plain": "1"}, execution_count=count,
                       metadata={"image/png": {"alt": "words"}, "dkm": {"claim": {"holds": True}}}),
        ])  # fmt: skip
        cell.metadata["papermill"] = {"start_time": moment}
        made = notebook(cell, text("end"))
        made.metadata["papermill"] = {"duration": moment}
        for number, each in enumerate(made.cells):
            each.id = f"id-{number}"
        return made

    first, second = as_text(normalised(ran(3, 1))), as_text(normalised(ran(7, 2)))
    assert first == second
    assert first.endswith("}\n")
    taken = normalised(ran(7, 2))
    assert as_text(normalised(copy.deepcopy(taken))) == first
    cell = taken.cells[2]
    assert cell.id == "id-2"
    assert cell.metadata == {"tags": ["keep"]}
    assert [output.output_type for output in cell.outputs] == ["stream", "execute_result"]
    assert cell.outputs[0].text == "ab"
    assert cell.outputs[1].metadata["dkm"] == {"claim": {"holds": True}}
    assert (cell.execution_count, cell.outputs[1].execution_count) == (1, 1)


def test_paths_of_this_machine_are_cut(tmp_path):
    clone, home = tmp_path / "clone", Path.home()
    packages = sysconfig.get_paths()["purelib"]
    words = f"{clone}/dkm/kmeans.py {clone} {packages}/numpy/core.py {home}/x {sys.prefix}/bin"
    failed = new_output(
        "error", ename="E", evalue=f"in {clone}/a", traceback=[f"\x1b[32m{clone}/dkm/b.py\x1b[39m"]
    )
    picture = new_output("display_data", {"image/png": "iVBOR", "text/html": f"<p>{clone}/c"})
    table = tmp_path / "a person" / "my.csv"
    changed = code(f"data = {str(table)!r}", "injected-parameters", outputs=[stream(f"{table}")])
    made = notebook(code("1", outputs=[stream(words), failed, picture]), changed)
    cut = without_paths(made, shortener(clone, {str(table): "my.csv"}))
    assert (cut.cells[3].source, cut.cells[3].outputs[0].text) == ("data = 'my.csv'", "my.csv")
    printed, error, shown = cut.cells[2].outputs
    assert printed.text == "dkm/kmeans.py . …/numpy/core.py ~/x …/bin"
    assert (error.evalue, error.traceback) == ("in a", ["\x1b[32mdkm/b.py\x1b[39m"])
    assert shown.data == {"image/png": "iVBOR", "text/html": "<p>c"}
