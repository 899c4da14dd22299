"""The command ``dkm``."""

import os
import signal
import sys
import webbrowser
from functools import partial
from importlib import import_module
from pathlib import Path

import click

from dkm import __version__
from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.lessons import choose, find_clone, notebooks
from dkm.press.output_folder import display_path
from dkm.press.parameters import parse_changes

WRONG_USE, FAILED, INTERRUPTED = 2, 1, 130
ARCHIVED = (".html", ".pdf", ".ipynb")  # file types that go into an archive of reports


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="dkm %(version)s")
def commands():
    """K-Means and neural networks: a course of notebooks in which every number is measured."""


@commands.command()
@click.argument("names", nargs=-1)
@click.option(
    "-p",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a parameter of the named notebooks. `dkm list` shows all parameters.",
)
@click.option("--data", metavar="FILE", help="Report on a table of your own instead.")
@click.option(
    "--label", metavar="COLUMN", help="With --data: column of known classes to compare with."
)
@click.option(
    "-k",
    "n_clusters",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="With --data: number of clusters. If omitted, a number is suggested.",
)
@click.option(
    "--output",
    metavar="FOLDER",
    help="Where to write. Default: reports/html; with --data, reports/your_data/NAME. "
    "A name such as page.html makes a single standalone page that you can mail.",
)
@click.option(
    "--timeout",
    default=600,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="Time limit for each cell.",
)
@click.option(
    "--stored",
    is_flag=True,
    help="Run nothing: make the pages from the outputs stored in the notebooks, within seconds.",
)
@click.option("--pdf", is_flag=True, help="Also print the pages to PDF, with an installed browser.")
@click.option("--zip", "zipped", is_flag=True, help="Pack everything into one archive.")
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser at the end.")
def report(
    names, parameters, data, label, n_clusters, output, timeout, stored, pdf, zipped, opened
):
    """Run notebooks and make a page for each, plus an index.

    NAMES can be 01, kmeans or 01_kmeans. Without NAMES, all lessons are run. Notebooks and pages
    that are up to date are skipped.

    With --stored, nothing is run, and the pages say so. Cached runs are left untouched; the next
    call without --stored shows them again.

    With --data, only the notebook your_data is run, on your own table. The page, the labels of the
    rows and a model for `dkm predict` are written to a separate folder.
    """
    given = {"label": label, "n_clusters": n_clusters}
    given = {name: value for name, value in given.items() if value is not None}
    changes = parse_changes(parameters)
    if stored and (changes or data is not None):
        raise PressError(
            f"--stored runs nothing, so it cannot use {'-p' if changes else '--data'}. "
            "Drop one of the two."
        )
    if data is None and given:
        raise PressError("--label and -k only apply to a table of your own. Name it: --data FILE.")
    if data is not None and names:
        raise PressError(f"Give either --data or names of notebooks ({' '.join(names)}), not both.")
    clone = find_clone()
    deliver = partial(_deliver, clone, pdf=_browser_for(pdf), zipped=zipped, opened=opened)
    making = import_module("dkm.press.stored_outputs" if stored else "dkm.press.report")
    settings = {} if stored else {"changes": changes, "timeout": timeout}
    if data is not None:
        _report_data(clone, data, given, changes, output, timeout, deliver)
    elif output and output.lower().endswith(".html"):
        if zipped:
            raise PressError("--zip is for a folder of reports, but --output names a single page.")
        _report_alone(clone, names, making, settings, Path(output).resolve(), deliver)
    else:
        _report_lessons(clone, names, making, settings, output, deliver)


def _browser_for(pdf):
    """Find the browser for printing before anything is run; None if nothing is to be printed."""
    if not pdf:
        return None
    from dkm.press.export import find_browser

    return find_browser()


def _report_alone(clone, names, making, settings, page, deliver):
    from dkm.press.own_data import NOTEBOOK, refuse_set_by_command

    if len(names) != 1:
        raise PressError(
            f"{page.name} is a single page, so name one notebook: "
            f"dkm report 01 --output {page.name}."
        )
    [lesson] = choose(clone, names)
    if lesson.name == NOTEBOOK:
        refuse_set_by_command(settings.get("changes", {}))
    shown = display_path(page)
    outcome, facts = making.make_alone(clone, lesson, page=page, shown=shown, **settings)
    deliver({lesson.name: outcome}, {lesson.name: facts}, page, [page], [])


def _report_lessons(clone, names, making, settings, output, deliver):
    from dkm.press.own_data import NOTEBOOK, refuse_set_by_command
    from dkm.press.site import facts_of

    chosen, changes = choose(clone, names), settings.get("changes", {})
    if NOTEBOOK in (lesson.name for lesson in chosen):
        refuse_set_by_command(changes)
    folder = Path(output).resolve() if output else clone / "reports" / "html"
    shown = display_path(folder)
    try:
        index, outcomes = making.make(clone, chosen, folder=folder, shown=shown, **settings)
    except PressError as error:
        if changes and not names:
            raise PressError(
                f"{error} To change it in the notebooks that have it, name those notebooks."
            ) from error
        raise
    pages = [folder / f"{name}.html" for name in sorted(outcomes)]
    facts = {name: facts_of(folder, name) for name in outcomes}
    known = {lesson.name for lesson in notebooks(clone)} | {"index"}
    held = [
        path for name in known for path in folder.glob(f"**/{name}.*") if path.suffix in ARCHIVED
    ]
    deliver(outcomes, facts, index, pages, held)


def _report_data(clone, data, given, changes, output, timeout, deliver):
    from dkm.press.own_data import PAGE, as_table, make
    from dkm.press.runner import executed_path
    from dkm.press.site import facts_in

    table = as_table(data)
    own = table.stem.strip(". ") or "table"
    folder = Path(output).resolve() if output else clone / "reports" / "your_data" / own
    shown = display_path(folder)
    page, outcome = make(clone, table, given, changes, folder, shown=shown, timeout=timeout)
    facts = facts_in(executed_path(folder, PAGE))
    held = [
        page,
        folder / f"{PAGE}.ipynb",
        *(folder / name for name in (facts or {"files": ()})["files"]),
    ]
    deliver({PAGE: outcome}, {PAGE: facts}, page, [page], held)


def _deliver(clone, outcomes, facts, page, pages, held, *, pdf, zipped, opened):
    """Report the results, print and pack the pages, list the files, and set the exit code.

    `page` is the page to open, `pages` are printed, and `held` goes into an archive.
    """
    from dkm.press import export

    for line in export.summary(outcomes, facts):
        click.echo(line)
    made = [path for path in dict.fromkeys([page, *pages]) if path.is_file()]
    if pdf:
        printed = [export.as_pdf(path, pdf) for path in pages if path.is_file()]
        made += printed
        held = {*held, *printed}
    if zipped:
        files = [path for path in held if path.is_file()]
        made.append(export.as_zip(page.parent, files, clone))
    if made:
        click.echo("\n".join(["Made:", *export.sizes(made)]))
    click.echo(f"Open {display_path(page)}\n{page.as_uri()}")
    if opened and not webbrowser.open(page.as_uri()):
        click.echo("Could not open a browser.", err=True)
    sys.exit(FAILED if any(outcome.bad for outcome in outcomes.values()) else 0)


@commands.command("list")
def list_():
    """List the notebooks, with how long they take and their parameters."""
    for lesson in notebooks(find_clone()):
        times = [
            f"{what.lower()} {lesson.minutes(what)}"
            for what in ("Read", "Run")
            if lesson.minutes(what)
        ]
        click.echo("  ".join([lesson.name, lesson.title, *times]))
        width = max(
            (len(f"{p.name} = {p.default!r}") for p in lesson.parameters.values()), default=0
        )
        for each in lesson.parameters.values():
            click.echo(
                f"      {f'{each.name} = {each.default!r}':{width}}  {each.meaning}".rstrip()
            )


@commands.command()
@click.argument("model")
@click.argument("table")
@click.option(
    "--output",
    metavar="FILE",
    help="Where to write; - for standard output. Default: TABLE.labels.csv next to the table.",
)
def predict(model, table, output):
    """Label new rows with a model made by `dkm report --data`.

    MODEL is the file model.safetensors from that report. TABLE has the same columns as the original
    table. For each row you get its cluster, its distance from the centre, and whether it is farther
    away than any row that the cluster was fitted to.
    """
    from dkm.press.own_data import as_table, table_errors

    source = as_table(table)
    to_screen = output == "-"
    target = Path(output) if output else source.with_name(f"{source.stem}.labels.csv")
    if not to_screen and os.path.lexists(target):
        raise PressError(
            f"{display_path(target)} already exists. "
            "Delete it, or name another file: --output FILE."
        )
    with table_errors(source):
        from dkm.models.predict import label_table  # imported late: it loads scikit-learn

        labels, messages = label_table(Path(model), source)
    for line in messages:
        click.echo(line, err=to_screen)
    if to_screen:
        sys.stdout.buffer.write(labels.as_csv().encode())  # UTF-8, whatever the terminal's encoding
        sys.stdout.buffer.flush()
        return
    try:
        write_atomically(target, labels.as_csv())
    except OSError as error:
        raise PressError(
            f"{display_path(target)} cannot be written: {error.strerror}. Name another file: "
            "--output FILE."
        ) from error
    click.echo(f"Written to {display_path(target)}")


def main():
    """Run the command, with readable error messages and an exit code that shows what happened."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        commands(standalone_mode=False)
    except PressError as error:
        _end(f"dkm: {error}", WRONG_USE)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except BrokenPipeError:  # the reader of our output closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except (KeyboardInterrupt, click.Abort):
        _end("Stopped. Finished work is kept; run the same command again to continue.", INTERRUPTED)


def _end(message, code):
    click.echo(message, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
