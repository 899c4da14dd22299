"""Runs one notebook in a process of its own: ``python -m dkm.press.worker``.

It reads its job as one line of JSON from stdin, and tells what happens as lines of JSON on stdout.
When stdin ends, whoever asked is gone: it then stops at once, together with its kernel.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from dkm._util.files import write_atomically
from dkm.claims import failed, found
from dkm.press.execution import execute, kill, new_kernel, prepared
from dkm.press.files import in_words
from dkm.press.form import as_text, normalised, shortener, without_paths
from dkm.press.freshness import FORMAT
from dkm.press.provenance import provenance
from dkm.press.runner import AT_ONCE


def run(job, folder, kernel, tell):
    """Run a notebook and write it, with its outputs and where they come from.

    Parameters
    ----------
    job : dict
        What `dkm.press.runner.Job` holds.
    folder : Path
        For temporary files.
    kernel : jupyter_client.AsyncKernelManager
        From `new_kernel`.
    tell : callable
        Takes a dict for whoever asked.

    Returns
    -------
    dict
        The last thing to tell: the run's end.
    """
    clone, output, name = Path(job["clone"]), Path(job["output"]), job["name"]
    began, clock = datetime.now(UTC), time.perf_counter()
    changed, files = job["changed"], folder / "files"
    files.mkdir()
    if job["files_by"]:
        changed = {**changed, job["files_by"]: repr(str(files))}
    executed, failure = execute(
        prepared(job["notebook"], changed),
        kernel,
        target=folder / "executed.ipynb",
        cwd=Path(job["notebook"]).parent,
        timeout=job["timeout"],
        on_cell=lambda done: tell({"event": "cell", "done": done}),
    )
    short = shortener(clone, {**job["cut"], str(files): ""})
    if failure:
        failure["message"] = short(failure["message"])
    executed = without_paths(normalised(executed), short)
    executed.metadata["dkm"] = nbformat.from_dict(
        {
            "format": FORMAT,
            "key": job["key"],
            # As pairs: what is written as a dict comes back in the order of the alphabet.
            "parameters": list(job["parameters"].items()),
            "changed": list(changed),
            "command": job["command"],
            "provenance": provenance(clone),
            "started": began.strftime("%Y-%m-%d %H:%M UTC"),
            "seconds": round(time.perf_counter() - clock, 1),
            "failure": failure,
            "files": [] if failure else _take_over(files, output),
            **_results(executed),
            **job["more"],
        }
    )
    whole, partial = output / f"{name}.ipynb", output / f"{name}.failed.ipynb"
    write_atomically(partial if failure else whole, as_text(executed))
    if not failure:
        partial.unlink(missing_ok=True)
    return {"event": "end", "failure": failure}


def _take_over(files, output):
    """Put the files that the notebook wrote beside its report; returns their names."""
    paths = sorted(path for path in files.iterdir() if path.is_file())
    for path in paths:
        write_atomically(output / path.name, path.read_bytes())
    return [path.name for path in paths]


def _results(executed):
    """The claims in short and the records in full, for the index."""
    claims, records = found(executed)
    broken = [{key: c[key] for key in ("statement", "cell")} for c in claims if failed(c)]
    kept = sum(c["applies"] and not failed(c) for c in claims)
    unasked = sum(not c["applies"] for c in claims)
    return {"claims": {"kept": kept, "failed": broken, "open": unasked}, "records": records}


def main():
    """Do the job that stands on stdin."""
    # A kernel inherits stdout and may write to it, so what is told takes a way of its own.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder, kernel = Path(tempfile.mkdtemp(prefix="dkm-")), new_kernel()

    def tell(event):
        out.write(json.dumps(event) + "\n")
        out.flush()

    def stop(*_):
        kill(kernel)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    def stop_when_alone():
        # Not sys.stdin: a thread that waits there breaks the interpreter's end.
        while os.read(0, 1):
            pass
        stop()

    job = json.loads(sys.stdin.readline())
    _environment(job, folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked, who then tells us
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=stop_when_alone, daemon=True).start()
    try:
        tell(run(job, folder, kernel, tell))
    except OSError as error:
        tell({"event": "end", "error": in_words(error, job["shown"])})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(job, folder):
    """What kernels find: quiet TensorFlow, no profile of the user's, the package of this clone.

    And a share of the cores: threads of NumPy's linear algebra that wait for a core that another
    notebook has make small matrix products several times slower.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // AT_ONCE)))
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    if (Path(job["clone"]) / "dkm").is_dir():
        paths = [job["clone"], os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)


if __name__ == "__main__":
    main()
