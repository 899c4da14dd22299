"""Runs notebooks, two at a time, each in its own process, which ends when this one ends."""

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

AT_ONCE = 2
STOP_TIMEOUT = 5  # seconds for a worker to stop its kernel


@dataclass(frozen=True)
class Job:
    """A notebook to run.

    Attributes
    ----------
    name, notebook, clone : str
        Name and path of the notebook, and the clone that contains it.
    output : str
        Folder for ``NAME.ipynb``, or ``NAME.failed.ipynb`` if a cell failed.
    shown : str
        The folder, as displayed to the user in messages.
    key : str
        The key that marks the result as up to date.
    parameters, changed : dict of str -> str
        All parameters, and those that differ from the notebook: name to Python source.
    command : str
        The command that reproduces this report.
    code_cells : int
        Number of cells to run.
    timeout : int
        Time limit for each cell, in seconds.
    files_by : str
        Name of the parameter for the folder that the notebook writes files to. They are copied to
        `output`, all of them, once the notebook has finished. Empty if there is no such parameter.
    cut : dict of str -> str
        Paths that must not appear in the report, and their replacements.
    more : dict
        Further metadata to store in the result: plain JSON.
    """

    name: str
    notebook: str
    clone: str
    output: str
    shown: str
    key: str
    parameters: dict
    changed: dict
    command: str
    code_cells: int
    timeout: int = 600
    files_by: str = ""
    cut: dict = field(default_factory=dict)
    more: dict = field(default_factory=dict)


def run(jobs, at_once=AT_ONCE):
    """Run notebooks and report their progress.

    Closing this generator (`contextlib.closing`) stops everything that is still running: workers
    and kernels are ended, temporary files removed.

    Parameters
    ----------
    jobs : iterable of Job
        The jobs to run.
    at_once : int
        Number of jobs to run at the same time.

    Yields
    ------
    job : Job
    event : dict
        ``event`` is "start", "cell" (with ``done``, a number of cells) or "end" (with ``failure``,
        as returned by `dkm.press.execution.execute`, or ``error``, a text, if nothing was written).
    """
    waiting, running, events = deque(jobs), {}, queue.Queue()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.popleft()
                running[job.name] = Worker(job, events)
                yield job, {"event": "start"}
            try:
                # With a timeout, since Ctrl-C does not interrupt an endless wait on Windows.
                job, event = events.get(timeout=0.5)
            except queue.Empty:
                continue
            if event["event"] == "end":
                running.pop(job.name).stop()
            yield job, event
    finally:
        for worker in running.values():
            worker.ask_to_stop()
        for worker in running.values():
            worker.stop()


class Worker:
    """The process that runs one notebook, seen from outside.

    Parameters
    ----------
    job : Job
        The job to do.
    events : queue.Queue
        Receives ``(job, event)``. The last event is always an "end".
    """

    def __init__(self, job, events):
        self.job, self.events = job, events
        self.stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `stop`)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "dkm.press.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            # Ctrl-C in a terminal goes to all processes of a group. We stop this one ourselves.
            **_own_group(),
        )
        with suppress(BrokenPipeError):  # it died at once; `_listen` finds out why
            self.process.stdin.write((json.dumps(asdict(job)) + "\n").encode())
            self.process.stdin.flush()
        threading.Thread(target=self._listen, daemon=True).start()

    def ask_to_stop(self):
        """Close its stdin, which makes it stop its kernel and exit."""
        with suppress(BrokenPipeError):
            self.process.stdin.close()

    def stop(self):
        """Make sure that the process has ended."""
        self.ask_to_stop()
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stderr.close()

    def _listen(self):
        event = {}
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "end":
                break
            self.events.put((self.job, event))
        if event.get("event") != "end":
            event = {"event": "end", "error": self._crash_message()}
        self.events.put((self.job, event))

    def _crash_message(self):
        code = self.process.wait()
        if self.stderr.closed:
            return "stopped"
        self.stderr.seek(0)
        words = self.stderr.read().decode(errors="replace").strip()
        return f"the process that ran the notebook exited with code {code}.\n{words}".strip()


def _own_group():
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def executed_path(folder, name):
    """The notebook with the outputs that its page shows.

    Stored outputs or a failed run take precedence while they exist; otherwise it is the last
    complete run.
    """
    whole = Path(folder) / f"{name}.ipynb"
    others = (Path(folder) / f"{name}.{kind}.ipynb" for kind in ("stored", "failed"))
    return next((path for path in others if path.exists()), whole)
