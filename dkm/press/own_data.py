"""The report on the user's own table: the notebook your_data, in a separate folder."""

import hashlib
import shlex
from contextlib import contextmanager
from pathlib import Path

from dkm.press import PressError
from dkm.press.freshness import digest, execution_key, source_key
from dkm.press.lessons import choose
from dkm.press.output_folder import disk_error_message, prepare_folder
from dkm.press.parameters import as_argument, read_values
from dkm.press.report import Edition
from dkm.press.runner import Job, executed_path
from dkm.press.site import facts_in, page_key

NOTEBOOK, PAGE = "your_data", "report"
TABLE, FILES = "data", "folder"  # parameters of the notebook that `dkm report --data` sets
OPTIONS = {"label": "--label", "n_clusters": "-k"}
NEUTRAL = {"label": ""}  # replaces the notebook's default, a column of the table committed with it
READING = ("label", "row_id", "leave_out", "standardize")  # parameters for reading a table


def make(clone, table, given, changes, folder, *, shown, timeout=600):
    """Make the report on a table, unless it is up to date.

    Parameters
    ----------
    clone : Path
        The clone.
    table : Path
        The file.
    given : dict
        Parameters of the notebook that have options of their own, name to value.
    changes : dict of str -> str
        Other parameters, given with ``-p``, name to text.
    folder : Path
        Where the page, the labels and the model go: a folder that is new, empty, or contains an
        earlier report on this table.
    shown : str
        The folder, as displayed to the user.
    timeout : int
        Time limit for each cell, in seconds.

    Returns
    -------
    page : Path
        The page to open.
    outcome : Outcome
        How it went.

    Raises
    ------
    PressError
        If the table, a parameter or the folder is not usable. Nothing has been run in that case.
    """
    lesson = choose(clone, [NOTEBOOK])[0]
    refuse_set_by_command(changes)
    twice = ", ".join(f"{OPTIONS[name]} and -p {name}" for name in given if name in changes)
    if twice:
        raise PressError(f"{twice} set the same parameter. Give only one of them.")
    defaults = {name: each.default for name, each in lesson.parameters.items()}
    values = {**defaults, **NEUTRAL, **read_values(lesson, changes), **given}
    job = plan(clone, lesson, table, values, folder, shown, timeout)
    edition = Edition(clone, folder, shown, folder, {})
    try:
        refuse_other(folder, shown, table, job.more["table"])
    except OSError as error:
        raise PressError(disk_error_message(error, shown)) from error
    if not edition.is_fresh(job):
        check_table(table, values)
    prepare_folder(folder)
    edition.renew([job])
    outcome, last = edition.outcomes[PAGE], facts_in(folder / f"{PAGE}.ipynb")
    if outcome.bad and last and last["files"] and last["key"] != job.key:
        outcome.status += f"\n  {' and '.join(last['files'])} there are from an earlier run."
    return folder / f"{PAGE}.html", outcome


def plan(clone, lesson, table, values, folder, shown, timeout):
    """The job to run. The report shows the table's name; its key depends on the content."""
    defaults = {name: each.default for name, each in lesson.parameters.items()}
    changed = {n: v for n, v in values.items() if repr(v) != repr(defaults[n])}
    neutral = {**defaults, **NEUTRAL}
    requested = {n: v for n, v in values.items() if repr(v) != repr(neutral[n])}
    place, content = digest(str(table.resolve())), content_of(table)
    displayed = {**values, TABLE: table.name, FILES: "."}
    return Job(
        name=PAGE,
        notebook=str(lesson.path),
        clone=str(clone),
        output=str(folder),
        shown=shown,
        key=execution_key(
            lesson.cells, {**values, TABLE: (table.name, content)}, source_key(clone)
        ),
        parameters={name: repr(value) for name, value in displayed.items()},
        changed={TABLE: repr(str(table)), **{name: repr(v) for name, v in changed.items()}},
        command=command(table, requested),
        code_cells=lesson.code_cells,
        timeout=timeout,
        files_by=FILES,
        cut={str(table): table.name},
        more={"table": {"name": table.name, "place": place, "content": content}},
    )


def command(table, requested):
    """The command that reproduces this report, run in the folder of the table."""
    words = ["dkm report --data", shlex.quote(table.name)]
    for name, value in requested.items():
        if name in OPTIONS:
            words.append(f"{OPTIONS[name]} {shlex.quote(str(value))}")
        else:
            words.append(f"-p {as_argument(name, value)}")
    return " ".join(words)


def as_table(text):
    """The absolute path of the given file, after checking that it can be a table.

    Anything but a regular file (a folder, an endless device) is rejected before it is opened.
    """
    path = Path(text).expanduser().absolute()
    try:
        str(path).encode()
        if path.exists() and not path.is_file():
            raise PressError(f"{text} is not a file. Name one, such as my.csv.")
    except UnicodeEncodeError:
        raise PressError(f"The name {text!r} is not valid Unicode. Rename the file.") from None
    except OSError as error:
        raise PressError(f"{text}: {error.strerror}. Name a file, such as my.csv.") from error
    return path


def content_of(table):
    """SHA-256 of a file's content; empty if it is unreadable (reading it later raises an error)."""
    try:
        with open(table, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def check_table(table, values):
    """Check that the table can be read with these parameters and has enough rows."""
    from dkm import datasets
    from dkm._util import checks  # imported late: they load pandas and scikit-learn

    # In the notebook, "" and () mean "none".
    reading = {name: values[name] or None for name in READING[:2]}
    reading |= {name: values[name] for name in READING[2:]}
    with table_errors(table):
        data = datasets.load(table, **reading)
        if values["n_clusters"]:
            checks.check_n_clusters(values["n_clusters"], data.X)


@contextmanager
def table_errors(table):
    """Turn errors about a table into errors that the user can fix."""
    try:
        yield
    except ValueError as error:
        raise PressError(str(error)) from error
    except MemoryError as error:
        raise PressError(
            f"{table.name} does not fit into memory. Leave out columns or rows."
        ) from error


def refuse_set_by_command(changes):
    """Raise if a parameter is changed that the command sets itself."""
    if TABLE in changes or FILES in changes:
        raise PressError(
            f"The parameters '{TABLE}' and '{FILES}' of {NOTEBOOK} are set by the command: "
            "dkm report --data FILE. Use --output FOLDER to choose where the results go."
        )


def refuse_other(folder, shown, table, mark):
    """Raise if the folder contains anything but a report on this table.

    A table that was moved, or changed in place, still counts as the same table.
    """
    remedy = "Name a separate folder: --output FOLDER."
    facts = facts_in(executed_path(folder, PAGE))
    if facts is None:
        theirs = folder.is_dir() and any(not p.name.startswith(".") for p in folder.iterdir())
        if theirs and page_key(folder / f"{PAGE}.html") is None:
            raise PressError(f"{shown} contains files that were not made by dkm. {remedy}")
    elif all(facts.get("table", {}).get(each) != mark[each] for each in ("place", "content")):
        raise PressError(
            f"{shown} contains the report on another table named {table.name}. {remedy} "
            "Or delete the old report, if you no longer need it."
        )
