"""Runs a notebook through a kernel and finds out whether it really ran to its end."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import nbclient
import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from dkm.press.form import BANNER, CHANGED, without_run_cells

PARAMETERS = "parameters"


def prepared(path, changed):
    """The notebook to run: without outputs, and with a cell for the changed parameters.

    Parameters
    ----------
    path : path-like
        The notebook.
    changed : dict of str -> str
        Name to value, as Python source: papermill's own way turns tuples into text.
    """
    notebook = without_run_cells(nbformat.read(path, as_version=4))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    if changed:
        cells = enumerate(notebook.cells)
        at = next(i for i, cell in cells if _is_code(cell) and PARAMETERS in _tags(cell))
        folded = [tag for tag in _tags(notebook.cells[at]) if tag == "hide-input"]
        lines = [f"{name} = {text}" for name, text in changed.items()]
        cell = nbformat.v4.new_code_cell("\n".join(["# Changed for this report:", *lines]))
        cell.metadata["tags"] = [CHANGED, *folded]
        notebook.cells.insert(at + 1, cell)
    return notebook


def new_kernel():
    """The manager of a kernel that is yet to start, in the Python that runs this."""
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
        From `new_kernel`. It is ended afterwards.
    target : Path
        Where papermill keeps the notebook while it runs.
    cwd : Path
        Where the kernel works.
    timeout : int
        Seconds that one cell may take.
    on_cell : callable
        Called with the number of cells done.

    Returns
    -------
    executed : nbformat.NotebookNode
        The notebook with its outputs, as far as it came.
    failure : dict or None
        ``error``, ``message``, ``cell`` (index in `executed`), ``number`` (of the code cell, as a
        reader counts, from 1); None if every cell has run.
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
        pass  # the cell holds its error
    except CellTimeoutError:
        more = f"dkm report --timeout {2 * timeout}"
        problem = ("Timeout", f"The cell took longer than {timeout} s. To give it more: {more}")
    except DeadKernelError:
        message = (
            "The notebook's Python process ended by itself or was killed, as happens when memory "
            "runs out."
        )
        problem = ("Kernel died", message)
    finally:
        end(kernel)
    executed = nbformat.read(target, as_version=4)
    executed.cells = [cell for cell in executed.cells if BANNER not in _tags(cell)]
    return executed, _failure(executed.cells, problem, begun[-1] if begun else 0)


def end(kernel):
    """Ask the kernel to end, and kill it where it does not."""

    async def shut_down():
        await kernel.shutdown_kernel(now=not await kernel.is_alive())

    with suppress(Exception):
        asyncio.run(shut_down())
    kill(kernel)


def kill(kernel):
    """Kill the kernel, if it still is there, with everything that it started."""
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
    """What went wrong and where, looked up in the cells: papermill's own word cannot be trusted.

    It marks cells as completed that never ran, and calls a notebook that left early a success.
    """
    for index, cell in enumerate(cells):
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        if errors and problem is None:
            name, message = errors[0].ename, errors[0].evalue
            if name == "SystemExit":
                message = "The cell ended the notebook before its last cell."
            problem = (name, message)
        if errors:
            return _located(cells, problem, index)
    if problem is None:
        idle = [i for i, cell in enumerate(cells) if _is_code(cell) and not cell.execution_count]
        if not idle:
            return None
        problem, last = ("Not run", "The notebook ended before this cell."), idle[0]
    return _located(cells, problem, last)


def _located(cells, problem, index):
    number = sum(_is_code(cell) and CHANGED not in _tags(cell) for cell in cells[: index + 1])
    return {"error": problem[0], "message": problem[1], "cell": index, "number": number}


def _is_code(cell):
    return cell.cell_type == "code" and bool(cell.source.strip())


def _tags(cell):
    return cell.metadata.get("tags", [])
