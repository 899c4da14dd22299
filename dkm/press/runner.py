"""Runs notebooks, two at a time, each in a process of its own that ends with this one."""

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
PATIENCE = 5  # seconds for a worker to stop its kernel


@dataclass(frozen=True)
class Job:
    """A notebook to run.

    Attributes
    ----------
    name, notebook, clone : str
        Name and path of the notebook, and the clone that it is in.
    output : str
        Folder for ``NAME.ipynb``, or ``NAME.failed.ipynb`` where a cell failed.
    shown : str
        The folder as users know it, for messages.
    key : str
        What marks the result as up to date.
    parameters, changed : dict of str -> str
        All parameters, and those that differ from the notebook: name to Python source.
    command : str
        What makes this report again.
    code_cells : int
        How many cells there are to run.
    timeout : int
        Seconds that one cell may take.
    files_by : str
        Parameter that takes a folder for files of the notebook's own; they come to lie in `output`,
        all of them when it has run to its end. Empty where there is no such parameter.
    cut : dict of str -> str
        Paths that must not be in the report, and what stands in their place.
    more : dict
        What else is kept in the result's metadata: plain JSON.
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
    """Run notebooks, and tell how they come on.

    Close this generator (`contextlib.closing`) and what still runs is stopped: workers, kernels,
    temporary files.

    Parameters
    ----------
    jobs : iterable of Job
        What to run.
    at_once : int
        How many at a time.

    Yields
    ------
    job : Job
    event : dict
        ``event`` is "start", "cell" (with ``done``, a number of cells) or "end" (with ``failure``,
        as `dkm.press.execution.execute` returns it, or ``error``, text, when nothing was written).
    """
    waiting, running, events = deque(jobs), {}, queue.Queue()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.popleft()
                running[job.name] = Worker(job, events)
                yield job, {"event": "start"}
            try:
                # With a limit, as Ctrl-C does not reach an endless wait on Windows.
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
        What it is to do.
    events : queue.Queue
        Takes ``(job, event)``; the last one is always an "end".
    """

    def __init__(self, job, events):
        self.job, self.events = job, events
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `stop`)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "dkm.press.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            # Ctrl-C in a terminal goes to all processes of a group. This one is stopped by us.
            **_own_group(),
        )
        with suppress(BrokenPipeError):  # then it died at once, and `_listen` finds out why
            self.process.stdin.write((json.dumps(asdict(job)) + "\n").encode())
            self.process.stdin.flush()
        threading.Thread(target=self._listen, daemon=True).start()

    def ask_to_stop(self):
        """Close its stdin: it then ends its kernel and itself."""
        with suppress(BrokenPipeError):
            self.process.stdin.close()

    def stop(self):
        """See that it is gone."""
        self.ask_to_stop()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.complaints.close()

    def _listen(self):
        event = {}
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "end":
                break
            self.events.put((self.job, event))
        if event.get("event") != "end":
            event = {"event": "end", "error": self._last_words()}
        self.events.put((self.job, event))

    def _last_words(self):
        code = self.process.wait()
        if self.complaints.closed:
            return "stopped"
        self.complaints.seek(0)
        words = self.complaints.read().decode(errors="replace").strip()
        return f"the process that ran the notebook ended with code {code}.\n{words}".strip()


def _own_group():
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def executed_path(folder, name):
    """The notebook with outputs that its page shows.

    Stored outputs or a failed run count for as long as they are there, else the last whole run.
    """
    whole = Path(folder) / f"{name}.ipynb"
    others = (Path(folder) / f"{name}.{kind}.ipynb" for kind in ("stored", "failed"))
    return next((path for path in others if path.exists()), whole)
