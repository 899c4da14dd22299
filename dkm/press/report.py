"""From names and parameters to a folder of reports: plan, run, make pages, report results."""

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
from dkm.press.freshness import execution_key, render_key, source_key
from dkm.press.lessons import notebooks
from dkm.press.output_folder import disk_error_message, prepare_folder
from dkm.press.parameters import as_argument, read_values
from dkm.press.progress import Progress
from dkm.press.runner import Job, executed_path, run
from dkm.press.site import facts_in, page_key, write_index


@dataclass
class Outcome:
    """The result for one notebook: a readable ``status``, and whether it is ``bad``."""

    status: str
    bad: bool = False


def plan(clone, chosen, changes, folder, shown, timeout):
    """The jobs to run, one for each notebook, after checking all parameters.

    Parameters
    ----------
    clone, folder : Path
        The clone, and where reports go.
    chosen : sequence of Lesson
        The notebooks.
    changes : dict of str -> str
        Parameters as given, name to text.
    shown : str
        The folder, as displayed to the user.
    timeout : int
        Time limit for each cell, in seconds.

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
    """The command that reproduces this report, with its folder if it is not the default."""
    values = {name: ast.literal_eval(text) for name, text in changed.items()}
    options = [f"-p {as_argument(name, value)}" for name, value in values.items()]
    if output is not None:
        options.append(f"--output {shlex.quote(output)}")
    return " ".join(["dkm report", lesson.number or lesson.name, *options])


def make(clone, chosen, changes, folder, *, shown, timeout=600):
    """Make reports, skipping everything that is up to date.

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
        If a parameter or the folder is not usable. Nothing has been run in that case.
    """
    jobs = plan(clone, chosen, changes, folder, shown, timeout)
    prepare_folder(folder)
    refuse_other_index(folder, shown)
    reports = titles(clone, folder, {job.name for job in jobs})
    edition = Edition(clone, folder, shown, folder / "notebooks", reports)
    try:
        edition.renew(jobs)
    finally:
        index = edition.write_index({job.name: job.key for job in jobs})
    return index, edition.outcomes


def make_alone(clone, lesson, changes, page, *, shown, timeout=600):
    """Make one standalone report, for mailing: it does not link to any other page.

    Parameters
    ----------
    clone, changes, timeout
        As in `plan`.
    lesson : Lesson
        The notebook.
    page : Path
        The file to write.
    shown : str
        The file, as displayed to the user.

    Returns
    -------
    outcome : Outcome
        How it went.
    facts : dict or None
        The metadata of the run.

    Raises
    ------
    PressError
        If a parameter or the file is not usable. Nothing has been run in that case.
    """
    [job] = plan(clone, [lesson], changes, page, shown, timeout)
    refuse_other_page(page, shown)
    prepare_folder(page.parent)
    with tempfile.TemporaryDirectory(prefix="dkm-") as executed:
        edition = Edition(clone, page.parent, shown, Path(executed), {}, page)
        kept = clone / "reports" / "html" / "notebooks" / f"{job.name}.ipynb"
        if (facts_in(kept) or {}).get("key") == job.key:
            shutil.copy(kept, executed)
        edition.renew([replace(job, output=executed)])
        return edition.outcomes[job.name], facts_in(executed_path(executed, job.name))


def refuse_other_index(folder, shown):
    """Raise if the folder contains an index that was not written by dkm."""
    if page_key(folder / "index.html") is None and (folder / "index.html").exists():
        raise PressError(
            f"{shown} contains an index.html that dkm did not write. Name another folder: "
            "--output FOLDER."
        )


def refuse_other_page(page, shown):
    """Raise if the path of a page is taken by something that was not written by dkm."""
    if page.is_dir() or (page.exists() and page_key(page) is None):
        raise PressError(f"{shown} was not made by dkm. Name another file: --output FILE.html.")


def titles(clone, folder, made):
    """Name to title of the notebooks that have, or will get, a page in the folder."""
    return {
        each.name: each.title
        for each in notebooks(clone)
        if each.name in made or (folder / f"{each.name}.html").exists()
    }


class Edition:
    """A folder of reports that is being updated.

    Parameters
    ----------
    clone, folder : Path
        The clone, and where the reports are.
    shown : str
        The folder, as displayed to the user.
    executed : Path
        Where the notebooks with outputs are.
    reports : dict of str -> str
        Name to title of all notebooks that will have a page at the end, since pages link to each
        other. Empty for a standalone page.
    page : Path, optional
        The file of a standalone page, if it has a name of its own.
    """

    def __init__(self, clone, folder, shown, executed, reports, page=None):
        self.clone, self.folder, self.shown = clone, folder, shown
        self.executed, self.reports, self.page = executed, reports, page
        self.outcomes = {}

    def renew(self, jobs):
        """Run the notebooks that are out of date, two at a time, and make the pages."""
        stale = [job for job in jobs if not self.is_fresh(job)]
        for job in jobs:
            if job not in stale:
                self.drop(job.name, "failed", "stored")
                self.make_page(job.name, Outcome("up to date"))
        with closing(run(stale)) as events, Progress(jobs) as progress:
            for job, event in events:
                progress.show(job.name, event)
                import_module(
                    "dkm.press.render_page"
                )  # takes seconds, while the first notebook is running
                if event["event"] == "end":
                    self.take(job, event)

    def is_fresh(self, job):
        """Whether there is a complete run with exactly these sources and parameters.

        The files that the notebook wrote next to its report must still exist.
        """
        facts = facts_in(self.executed / f"{job.name}.ipynb")
        if facts is None or facts["key"] != job.key:
            return False
        return all((self.executed / name).is_file() for name in facts["files"])

    def drop(self, name, *kinds):
        """Delete what the page showed: a failed run with other parameters, or stored outputs."""
        for kind in kinds:
            (self.executed / f"{name}.{kind}.ipynb").unlink(missing_ok=True)

    def take(self, job, event):
        """Make the page of a notebook that has just finished or failed."""
        if event.get("error"):
            self.outcomes[job.name] = Outcome(event["error"], bad=True)
            return
        self.drop(job.name, "stored")
        if event["failure"]:
            failure = event["failure"]
            first = (failure["message"].splitlines() or [""])[0]
            status = f"stopped in code cell {failure['number']}: {failure['error']}: {first}"
            self.make_page(job.name, Outcome(f"{status}\n  To reproduce: {job.command}", bad=True))
        else:
            self.make_page(job.name, Outcome("completed"))

    def make_page(self, name, outcome):
        """Make one page, unless it is up to date, and record the outcome."""
        self.outcomes[name] = outcome
        path = self.page or self.folder / f"{name}.html"
        data = executed_path(self.executed, name).read_bytes()
        key = render_key(data, self.reports)
        if page_key(path) == key:
            return
        # Imported late: loading takes a second, and usually there is nothing to do.
        from dkm.press.render_page import error_page, page

        about = {"reports": self.reports, "key": key}
        try:
            content = page(data.decode(), name, folder=self.clone / "notebooks", **about)
        except PressError as error:
            about["key"] = ""  # so that the next call tries again
            content = error_page(name, str(error), **about)
            self.outcomes[name] = Outcome(f"the page could not be made: {error}", bad=True)
        try:
            write_atomically(path, content)
        except OSError as error:
            self.outcomes[name] = Outcome(disk_error_message(error, self.shown), bad=True)

    def write_index(self, keys):
        """Write the index. A full disk becomes the outcome of the index."""
        listed = [n for n in notebooks(self.clone) if n.number or n.name in self.reports]
        try:
            return write_index(self.folder, listed, keys, self.clone)
        except OSError as error:
            self.outcomes["index"] = Outcome(disk_error_message(error, self.shown), bad=True)
            return self.folder / "index.html"
