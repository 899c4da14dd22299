"""What is left when `dkm report` is stopped: finished reports, and nothing else."""

import os
import signal
import sys

import pytest
from press_helpers import make_clone, notebook, wait_for

SLOW = """
import os, time
open("pids", "w").write(f"{os.getpid()} {os.getppid()}")
time.sleep(6000)
"""

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that has ended stays listed until its parent, or whoever took it over, asks for it.
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_call_leaves_finished_reports_and_no_process(how, tmp_path, start_dkm, dkm):
    clone = make_clone(tmp_path / "clone", n01_quick=notebook("1"), n02_slow=notebook(SLOW))
    folder, pids = clone / "reports" / "html", clone / "notebooks" / "pids"
    process = start_dkm(clone, "report")
    wait_for(lambda: (folder / "01_quick.html").exists() and pids.exists())
    wait_for(lambda: len(pids.read_text().split()) == 2)
    kernel, worker = map(int, pids.read_text().split())
    assert lives(kernel)
    assert lives(worker)

    process.send_signal(how)
    out, err = process.communicate(timeout=100)
    wait_for(lambda: not (lives(kernel) or lives(worker)))
    if how != signal.SIGKILL:
        assert process.returncode == 130
        assert "Finished work is kept" in err
        assert "Traceback" not in out + err
        assert "01_quick.html" in (folder / "index.html").read_text()
    assert list((tmp_path / "temporary").glob("dkm-*")) == []
    left = sorted(p.name for p in folder.rglob("*") if p.is_file() and p.name != "index.html")
    assert left == ["01_quick.html", "01_quick.ipynb"]
    assert (folder / "01_quick.html").read_text().rstrip().endswith("</html>")

    again = dkm(clone, "report", "01")
    assert "01_quick  up to date" in again.out
