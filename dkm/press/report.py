"""From names and parameters to a folder of reports: plan, run, make pages, tell."""

import ast
import shlex
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.files import in_words, prepare_folder
from dkm.press.freshness import execution_key, render_key, source_key
from dkm.press.lessons import notebooks
from dkm.press.parameters import as_argument, read_values
from dkm.press.progress import Progress
from dkm.press.runner import Job, executed_path, run
from dkm.press.site import facts_in, page_key, write_index


@dataclass
class Outcome:
    """How it went with one notebook: ``status`` in words, and whether that is ``bad``."""

    status: str
    bad: bool = False


def plan(clone, chosen, changes, folder, shown, timeout):
    """What there would be to run, one job for each notebook; all parameters are checked.

    Parameters
    ----------
    clone, folder : Path
        The clone, and where reports go.
    chosen : sequence of Lesson
        The notebooks.
    changes : dict of str -> str
        Parameters as given, name to text.
    shown : str
        The folder as the user knows it.
    timeout : int
        Seconds for one cell.

    Raises
    ------
    PressError
        If a parameter does not exist in a notebook or has the wrong type.
    """
    sources, jobs, usual = source_key(clone), [], clone / "reports" / "html"
    for lesson in chosen:
        defaults = {name: each.default for name, each in lesson.parameters.items()}
        values = {**defaults, **read_values(lesson, changes)}
        changed = {n: repr(v) for n, v in values.items() if repr(v) != repr(defaults[n])}
        jobs.append(
            Job(
                name=lesson.name,
                notebook=str(lesson.path),
                clone=str(clone),
                output=str(folder / "notebooks"),
                shown=shown,
                key=execution_key(lesson.cells, values, sources),
                parameters={name: repr(value) for name, value in values.items()},
                changed=changed,
                command=command(lesson, changed, None if folder == usual else shown),
                code_cells=lesson.code_cells,
                timeout=timeout,
            )
        )
    return jobs


def command(lesson, changed, output=None):
    """The command that makes just this report again, in its folder where that is not the usual."""
    values = {name: ast.literal_eval(text) for name, text in changed.items()}
    options = [f"-p {as_argument(name, value)}" for name, value in values.items()]
    if output is not None:
        options.append(f"--output {shlex.quote(output)}")
    return " ".join(["dkm report", lesson.number or lesson.name, *options])


def make(clone, chosen, changes, folder, *, shown, timeout=600):
    """Make reports; what is up to date is not done again.

    Parameters
    ----------
    clone, chosen, changes, folder, shown, timeout
        As in `plan`.

    Returns
    -------
    index : Path
        The page to open.
    outcomes : dict of str -> Outcome
        How each notebook went.

    Raises
    ------
    PressError
        If parameters or folder will not do; nothing has been run then.
    """
    jobs = plan(clone, chosen, changes, folder, shown, timeout)
    prepare_folder(folder)
    if page_key(folder / "index.html") is None and (folder / "index.html").exists():
        raise PressError(
            f"{shown} holds an index.html that is not of dkm. Name another folder: --output FOLDER."
        )
    made = {job.name for job in jobs}
    reports = {
        each.name: each.title
        for each in notebooks(clone)
        if each.name in made or (folder / f"{each.name}.html").exists()
    }
    edition = Edition(clone, folder, shown, folder / "notebooks", reports)
    try:
        edition.renew(jobs)
    finally:
        index = edition.write_index({job.name: job.key for job in jobs})
    return index, edition.outcomes


def make_alone(clone, lesson, changes, page, *, shown, timeout=600):
    """Make one report that stands alone, to be mailed: it links to no other page.

    Parameters
    ----------
    clone, changes, timeout
        As in `plan`.
    lesson : Lesson
        The notebook.
    page : Path
        The file to write.
    shown : str
        The file as the user knows it.

    Returns
    -------
    outcome : Outcome
        How it went.
    facts : dict or None
        What the run says of itself.

    Raises
    ------
    PressError
        If a parameter or the file will not do; nothing has been run then.
    """
    [job] = plan(clone, [lesson], changes, page, shown, timeout)
    if page.is_dir() or (page.exists() and page_key(page) is None):
        raise PressError(f"{shown} is no report of dkm. Name another file: --output FILE.html.")
    prepare_folder(page.parent)
    with tempfile.TemporaryDirectory(prefix="dkm-") as executed:
        edition = Edition(clone, page.parent, shown, Path(executed), {}, page)
        kept = clone / "reports" / "html" / "notebooks" / f"{job.name}.ipynb"
        if (facts_in(kept) or {}).get("key") == job.key:
            shutil.copy(kept, executed)
        edition.renew([replace(job, output=executed)])
        return edition.outcomes[job.name], facts_in(executed_path(executed, job.name))


class Edition:
    """A folder of reports that is being renewed.

    Parameters
    ----------
    clone, folder : Path
        The clone, and where the reports are.
    shown : str
        The folder as the user knows it.
    executed : Path
        Where the notebooks with outputs are.
    reports : dict of str -> str
        Name to title of the notebooks that will have a page when this is done: pages link to each
        other. None of them for a page that stands alone.
    page : Path, optional
        The file of a page that stands alone, where it has a name of its own.
    """

    def __init__(self, clone, folder, shown, executed, reports, page=None):
        self.clone, self.folder, self.shown = clone, folder, shown
        self.executed, self.reports, self.page = executed, reports, page
        self.outcomes = {}

    def renew(self, jobs):
        """Run what is not up to date, two at a time, and make the pages."""
        stale = [job for job in jobs if not self.is_fresh(job)]
        for job in jobs:
            if job not in stale:
                self.drop_failure(job.name)
                self.make_page(job.name, Outcome("up to date"))
        with closing(run(stale)) as events, Progress(jobs) as progress:
            for job, event in events:
                progress.show(job.name, event)
                import_module("dkm.press.html")  # takes seconds; now the first notebook runs anyway
                if event["event"] == "end":
                    self.take(job, event)

    def is_fresh(self, job):
        """Whether the notebook was run to its end with just these sources and parameters.

        The files that it wrote beside its report must still be there.
        """
        facts = facts_in(self.executed / f"{job.name}.ipynb")
        if facts is None or facts["key"] != job.key:
            return False
        return all((self.executed / name).is_file() for name in facts["files"])

    def drop_failure(self, name):
        """Forget a failed run with other parameters."""
        (self.executed / f"{name}.failed.ipynb").unlink(missing_ok=True)

    def take(self, job, event):
        """Make the page of a notebook that has just ended, in whatever way."""
        if event.get("error"):
            self.outcomes[job.name] = Outcome(event["error"], bad=True)
        elif event["failure"]:
            failure = event["failure"]
            first = (failure["message"].splitlines() or [""])[0]
            status = f"stopped in code cell {failure['number']}: {failure['error']}: {first}"
            self.make_page(job.name, Outcome(f"{status}\n  To repeat: {job.command}", bad=True))
        else:
            self.make_page(job.name, Outcome("run to its end"))

    def make_page(self, name, outcome):
        """Make one page, unless it is up to date, and note how it went."""
        self.outcomes[name] = outcome
        path = self.page or self.folder / f"{name}.html"
        data = executed_path(self.executed, name).read_bytes()
        key = render_key(data, self.reports)
        if page_key(path) == key:
            return
        # Here, as it takes a second to load, and mostly nothing is to be done.
        from dkm.press.html import error_page, page

        about = {"reports": self.reports, "key": key}
        try:
            content = page(data.decode(), name, folder=self.clone / "notebooks", **about)
        except PressError as error:
            about["key"] = ""  # so that it is tried again
            content = error_page(name, str(error), **about)
            self.outcomes[name] = Outcome(f"the page could not be made: {error}", bad=True)
        try:
            write_atomically(path, content)
        except OSError as error:
            self.outcomes[name] = Outcome(in_words(error, self.shown), bad=True)

    def write_index(self, keys):
        """Write the index; a full disk is told as the outcome of the index."""
        listed = [n for n in notebooks(self.clone) if n.number or n.name in self.reports]
        try:
            return write_index(self.folder, listed, keys, self.clone)
        except OSError as error:
            self.outcomes["index"] = Outcome(in_words(error, self.shown), bad=True)
            return self.folder / "index.html"
