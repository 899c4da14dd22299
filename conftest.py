"""Makes nbval's notebook comparison portable across machines.

nbval runs the committed notebooks and compares outputs (``pytest --nbval notebooks``). With the
changes made here:

- A number followed by ``± tolerance`` may differ by that tolerance, so the tolerance is visible to
  the reader. All other text is compared exactly.
- stderr, HTML and SVG are not compared: they contain warnings, measured times and random ids.
- ``--nbval-parameter "name = value"`` runs with a different parameter. It then compares claims and
  text, but not records or numbers with a tolerance.
- A cell may end in ``;``, and a dead kernel is noticed within seconds.
"""

import copy
import os
import re
import time
from queue import Empty

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Two test processes share the cores. Threads waiting for a core make small products much slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // 2)))

NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
WITH_TOLERANCE = re.compile(rf"(?<![\w.])([-+−]?{NUMBER})(\s*±\s*)({NUMBER})")
NOT_COMPARED = ("text/html", "image/svg+xml")
POLL_INTERVAL = 1  # seconds between checks that a kernel is alive


def pytest_addoption(parser):
    """Add the option for changing a parameter."""
    parser.addoption(
        "--nbval-parameter",
        action="append",
        default=[],
        metavar="'NAME = VALUE'",
        help="line of Python to append to the cell tagged parameters; can be repeated",
    )


def pytest_configure(config):
    """Patch nbval, if it is in use."""
    wanted = config.getoption("nbval", False) or config.getoption("nbval_lax", False)
    if not wanted:
        return
    from nbval import kernel, plugin

    lines = config.getoption("--nbval-parameter")
    compare, runtest = plugin.IPyNbCell.compare_outputs, plugin.IPyNbCell.runtest

    def compare_outputs(self, test, ref, skip_compare=None):
        test, ref = _compared(test), _compared(ref)
        settle(test, ref, any_number=bool(lines))
        return compare(self, test, ref, (*self.parent.skip_compare, *NOT_COMPARED))

    def runtest_with_parameters(self):
        if lines and "parameters" in self.cell.metadata.get("tags", []):
            self.cell.source = "\n".join([self.cell.source, *lines])
        runtest(self)

    plugin.IPyNbCell.compare_outputs = compare_outputs
    plugin.IPyNbCell.runtest = runtest_with_parameters
    kernel.RunningKernel.execute_cell_input = _execute_cell_input
    kernel.RunningKernel.await_reply = _await_reply


def settle(test, ref, any_number=False):
    """Replace numbers in `test` by those of `ref` that agree within the tolerance of `ref`.

    Parameters
    ----------
    test, ref : list of dict
        Outputs of a cell, new and committed. `test` is modified in place.
    any_number : bool
        Whether to accept every number with a tolerance, and every record, as agreeing.
    """
    new, old = list(_texts(test)), list(_texts(ref))
    if [key for _, _, key in new] != [key for _, _, key in old]:
        return
    for (output, place, key), (old_output, old_place, _) in zip(new, old, strict=True):
        records = [_is_record(each) for each in (output, old_output)]
        if any_number and all(records):
            place[key] = old_place[key]
        else:
            place[key] = settled(old_place[key], place[key], any_number)


def settled(ref, new, any_number=False):
    """The text `new`, with the numbers of `ref` wherever they agree within their tolerance."""
    committed = list(WITH_TOLERANCE.finditer(ref))
    if len(committed) != len(WITH_TOLERANCE.findall(new)):
        return new
    following = iter(committed)

    def pick(match):
        old = next(following)
        return old[0] if any_number or _agree(old, match) else match[0]

    return WITH_TOLERANCE.sub(pick, new)


def _agree(old, new):
    """Whether a number is within the committed tolerance, and the tolerance is unchanged.

    A tolerance may itself be measured, for example the spread over seeds. It may differ by a tenth,
    or by one in its last digit.
    """
    value, was = (float(match[1].replace("−", "-")) for match in (new, old))
    tolerance, tolerance_was = float(new[3]), float(old[3])
    decimals = len(old[3].partition(".")[2]) if "e" not in old[3].lower() else 12
    slack = max(0.1 * tolerance_was, 10.0**-decimals if decimals else 0)
    near = abs(value - was) <= tolerance_was * (1 + 1e-9)
    return near and abs(tolerance - tolerance_was) <= slack * (1 + 1e-9)


def _compared(outputs):
    """A copy of the outputs to compare."""
    return [copy.deepcopy(output) for output in outputs if output.get("name") != "stderr"]


def _texts(outputs):
    """Every text that may contain numbers, as (output, dict with the text, key in that dict)."""
    for output in outputs:
        if output.get("output_type") == "stream":
            yield output, output, "text"
        for key in output.get("data", {}):
            if key.startswith("text/") and key not in NOT_COMPARED:
                yield output, output["data"], key


def _is_record(output):
    return "record" in output.get("metadata", {}).get("dkm", {})


def _execute_cell_input(self, source, allow_stdin=None):
    # nbval turns store_history off, which makes IPython show the value of a cell ending in ";".
    return self.kc.execute(source, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


def _await_reply(self, msg_id, timeout=None):
    """Wait for the kernel's reply, but not if the kernel is dead."""
    end = time.monotonic() + (timeout or float("inf"))
    while True:
        try:
            wait = min(POLL_INTERVAL, max(0, end - time.monotonic()))
            message = self.get_message(stream="shell", timeout=wait)
        except Empty:
            if not self.is_alive():
                raise RuntimeError("the kernel died while running this cell") from None
            if time.monotonic() >= end:
                raise
            continue
        if message["parent_header"].get("msg_id") == msg_id:
            if message["content"]["status"] == "aborted":
                raise RuntimeError("the kernel aborted this cell")
            return
