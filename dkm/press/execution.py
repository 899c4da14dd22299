"""Runs a notebook in a kernel and checks whether every cell really ran."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import nbclient
import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from dkm.press.notebook_form import BANNER, CHANGED, without_run_cells

PARAMETERS = "parameters"


def prepared(path, changed):
    """The notebook to run: without outputs, with a cell that sets the changed parameters.

    Parameters
    ----------
    path : path-like
        The notebook.
    changed : dict of str -> str
        Name to value, as Python source; papermill's own parameters would turn tuples into text.
    """
    notebook = without_run_cells(nbformat.read(path, as_version=4))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    if changed:
        cells = enumerate(notebook.cells)
        at = next(i for i, cell in cells if _is_code(cell) and PARAMETERS in _tags(cell))
        lines = [f"{name} = {text}" for name, text in changed.items()]
        cell = nbformat.v4.new_code_cell("\n".join(["# Changed for this report:", *lines]))
        cell.metadata = {**notebook.cells[at].metadata, "tags": [CHANGED]}
        notebook.cells.insert(at + 1, cell)
    return notebook


def new_kernel():
    """The manager of a kernel that has not started yet and will use the current Python."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    return nbclient.NotebookClient(
        nbformat.v4.new_notebook(), kernel_name="python3"
    ).create_kernel_manager()


def execute(notebook, kernel, *, target, cwd, timeout, on_cell=lambda done: None):
    """Run all cells.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        From `prepared`.
    kernel : jupyter_client.AsyncKernelManager
        From `new_kernel`. It is shut down afterwards.
    target : Path
        Where papermill saves the notebook while it runs.
    cwd : Path
        Working directory of the kernel.
    timeout : int
        Time limit for each cell, in seconds.
    on_cell : callable
        Called with the number of cells finished so far.

    Returns
    -------
    executed : nbformat.NotebookNode
        The notebook with its outputs, up to where it stopped.
    failure : dict or None
        ``error``, ``message``, ``cell`` (index in `executed`) and ``number`` (of the code cell, as
        a reader counts, from 1); None if every cell has run.
    """
    begun = []
    done = []

    def cell_begins(cell, cell_index):
        begun.append(cell_index)

    def cell_ended(cell, cell_index, execute_reply):
        done.append(cell_index)
        on_cell(len(done))

    problem = None
    try:
        papermill.execute_notebook(
            notebook,
            str(target).replace("{", "{{").replace("}", "}}"),  # papermill formats the path
            cwd=str(cwd),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=timeout,
            km=kernel,
            on_cell_execute=cell_begins,
            on_cell_executed=cell_ended,
        )
    except papermill.PapermillExecutionError:
        pass  # the error is in the cell
    except CellTimeoutError:
        more = f"dkm report --timeout {2 * timeout}"
        problem = ("Timeout", f"The cell took longer than {timeout} s. To allow more time: {more}")
    except DeadKernelError:
        message = (
            "The notebook's Python process exited or was killed, as happens when memory runs out."
        )
        problem = ("Kernel died", message)
    finally:
        end(kernel)
    executed = nbformat.read(target, as_version=4)
    executed.cells = [cell for cell in executed.cells if BANNER not in _tags(cell)]
    return executed, _failure(executed.cells, problem, begun[-1] if begun else 0)


def end(kernel):
    """Shut the kernel down, and kill it if it does not exit."""

    async def shut_down():
        await kernel.shutdown_kernel(now=not await kernel.is_alive())

    with suppress(Exception):
        asyncio.run(shut_down())
    kill(kernel)


def kill(kernel):
    """Kill the kernel, if it is still running, and every process it started."""
    process = getattr(kernel.provisioner, "process", None)
    if process is not None and process.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    if kernel.connection_file:
        Path(kernel.connection_file).unlink(missing_ok=True)


def _failure(cells, problem, last):
    """What went wrong and where, judged by the cells, since papermill's status is unreliable.

    It marks cells as completed that never ran, and reports a notebook that exited early as a
    success.
    """
    for index, cell in enumerate(cells):
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        if errors and problem is None:
            name, message = errors[0].ename, errors[0].evalue
            if name == "SystemExit":
                message = "The cell exited the notebook before its last cell."
            problem = (name, message)
        if errors:
            return _located(cells, problem, index)
    if problem is None:
        idle = [i for i, cell in enumerate(cells) if _is_code(cell) and not cell.execution_count]
        if not idle:
            return None
        problem, last = ("Not run", "The notebook exited before this cell."), idle[0]
    return _located(cells, problem, last)


def _located(cells, problem, index):
    number = sum(_is_code(cell) and CHANGED not in _tags(cell) for cell in cells[: index + 1])
    return {"error": problem[0], "message": problem[1], "cell": index, "number": number}


def _is_code(cell):
    return cell.cell_type == "code" and bool(cell.source.strip())


def _tags(cell):
    return cell.metadata.get("tags", [])
