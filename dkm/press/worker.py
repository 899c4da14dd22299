"""Runs one notebook in its own process: ``python -m dkm.press.worker``.

It reads its job as one line of JSON from stdin and reports events as lines of JSON on stdout. When
stdin is closed, the parent process is gone. The worker then stops at once, together with its
kernel.
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
from dkm.press.collect_outputs import results
from dkm.press.execution import execute, kill, new_kernel, prepared
from dkm.press.freshness import FORMAT
from dkm.press.notebook_form import as_text, normalised, shortener, without_paths
from dkm.press.output_folder import disk_error_message
from dkm.press.provenance import provenance
from dkm.press.runner import AT_ONCE


def run(job, folder, kernel, send):
    """Run a notebook and write it, with its outputs and their provenance.

    Parameters
    ----------
    job : dict
        The fields of `dkm.press.runner.Job`.
    folder : Path
        Folder for temporary files.
    kernel : jupyter_client.AsyncKernelManager
        From `new_kernel`.
    send : callable
        Takes an event (a dict) for the parent process.

    Returns
    -------
    dict
        The last event: the end of the run.
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
        on_cell=lambda done: send({"event": "cell", "done": done}),
    )
    short = shortener(clone, {**job["cut"], str(files): ""})
    if failure:
        failure["message"] = short(failure["message"])
    executed = without_paths(normalised(executed), short)
    executed.metadata["dkm"] = nbformat.from_dict(
        {
            "format": FORMAT,
            "key": job["key"],
            # As pairs, since a dict would be written in alphabetical order.
            "parameters": list(job["parameters"].items()),
            "changed": list(changed),
            "command": job["command"],
            "provenance": provenance(clone),
            "started": began.strftime("%Y-%m-%d %H:%M UTC"),
            "seconds": round(time.perf_counter() - clock, 1),
            "failure": failure,
            "files": [] if failure else _copy_files(files, output),
            **results(executed),
            **job["more"],
        }
    )
    whole, partial = output / f"{name}.ipynb", output / f"{name}.failed.ipynb"
    write_atomically(partial if failure else whole, as_text(executed))
    if not failure:
        partial.unlink(missing_ok=True)
    return {"event": "end", "failure": failure}


def _copy_files(files, output):
    """Copy the files written by the notebook next to its report; returns their names."""
    paths = sorted(path for path in files.iterdir() if path.is_file())
    for path in paths:
        write_atomically(output / path.name, path.read_bytes())
    return [path.name for path in paths]


def main():
    """Do the job given on stdin."""
    # A kernel inherits stdout and may write to it, so events use a separate descriptor.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder, kernel = Path(tempfile.mkdtemp(prefix="dkm-")), new_kernel()

    def send(event):
        out.write(json.dumps(event) + "\n")
        out.flush()

    def stop(*_):
        kill(kernel)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    def stop_when_orphaned():
        # Not sys.stdin: a thread waiting on it breaks the interpreter's shutdown.
        while os.read(0, 1):
            pass
        stop()

    job = json.loads(sys.stdin.readline())
    _environment(job, folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and then stops us
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=stop_when_orphaned, daemon=True).start()
    try:
        send(run(job, folder, kernel, send))
    except OSError as error:
        send({"event": "end", "error": disk_error_message(error, job["shown"])})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(job, folder):
    """Set up the kernel's environment: quiet TensorFlow, no user profile, this clone's package.

    It also limits the threads of NumPy's linear algebra to a share of the cores. Threads that wait
    for a core used by another notebook make small matrix products several times slower.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // AT_ONCE)))
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    if (Path(job["clone"]) / "dkm").is_dir():
        paths = [job["clone"], os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)


if __name__ == "__main__":
    main()
