"""The command ``dkm``."""

import os
import signal
import sys
import webbrowser
from functools import partial
from pathlib import Path

import click

from dkm import __version__
from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.lessons import choose, find_clone, notebooks
from dkm.press.parameters import parse_changes

WRONG_USE, FAILED, INTERRUPTED = 2, 1, 130
HELD = (".html", ".pdf", ".ipynb")  # what an archive of reports holds


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="dkm %(version)s")
def commands():
    """K-Means and neural networks: a course of notebooks whose every number is measured."""


@commands.command()
@click.argument("names", nargs=-1)
@click.option(
    "-p",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a parameter of the notebooks named. `dkm list` shows which there are.",
)
@click.option("--data", metavar="FILE", help="Make the report on a table of your own instead.")
@click.option("--label", metavar="COLUMN", help="With --data: known classes, to compare with.")
@click.option(
    "-k",
    "n_clusters",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="With --data: how many clusters. Without it a number is suggested.",
)
@click.option(
    "--output",
    metavar="FOLDER",
    help="Where to write. Default: reports/html; with --data, reports/your_data/NAME. "
    "A name such as page.html makes one page that stands alone, to be mailed.",
)
@click.option(
    "--timeout",
    default=600,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="How long one cell may take.",
)
@click.option("--pdf", is_flag=True, help="Print the pages too, by a browser that is here.")
@click.option("--zip", "zipped", is_flag=True, help="Put all of it into one archive.")
@click.option("--open", "opened", is_flag=True, help="Open the page when it is made.")
def report(names, parameters, data, label, n_clusters, output, timeout, pdf, zipped, opened):
    """Run notebooks and make a page of each, and an index.

    NAMES are such as 01, kmeans or 01_kmeans; without any, all lessons. What is up to date is not
    done again.

    With --data, only the notebook your_data is run, on your own table: the page, the labels of its
    rows and a model for `dkm predict` come into a folder of their own.
    """
    given = {"label": label, "n_clusters": n_clusters}
    given = {name: value for name, value in given.items() if value is not None}
    changes = parse_changes(parameters)
    if data is None and given:
        raise PressError("--label and -k are about a table of your own. Name it: --data FILE.")
    if data is not None and names:
        raise PressError(f"Give either --data or names of notebooks ({' '.join(names)}).")
    clone = find_clone()
    deliver = partial(_deliver, clone, pdf=_browser_for(pdf), zipped=zipped, opened=opened)
    if data is not None:
        _report_data(clone, data, given, changes, output, timeout, deliver)
    elif output and output.lower().endswith(".html"):
        if zipped:
            raise PressError("--zip is for a folder of reports, and --output names one page.")
        _report_alone(clone, names, changes, Path(output).resolve(), timeout, deliver)
    else:
        _report_lessons(clone, names, changes, output, timeout, deliver)


def _browser_for(pdf):
    """The browser that prints, looked for before anything is run; None where nothing is printed."""
    if not pdf:
        return None
    from dkm.press.delivery import find_browser

    return find_browser()


def _report_alone(clone, names, changes, page, timeout, deliver):
    from dkm.press.own_data import NOTEBOOK, refuse_set_by_command
    from dkm.press.report import make_alone

    if len(names) != 1:
        raise PressError(
            f"{page.name} is one page, so name one notebook: dkm report 01 --output {page.name}."
        )
    [lesson] = choose(clone, names)
    if lesson.name == NOTEBOOK:
        refuse_set_by_command(changes)
    outcome, facts = make_alone(
        clone, lesson, changes, page, shown=_from_here(page), timeout=timeout
    )
    deliver({lesson.name: outcome}, {lesson.name: facts}, page, [page], [])


def _report_lessons(clone, names, changes, output, timeout, deliver):
    from dkm.press.own_data import NOTEBOOK, refuse_set_by_command
    from dkm.press.report import make
    from dkm.press.site import facts_of

    chosen = choose(clone, names)
    if NOTEBOOK in (lesson.name for lesson in chosen):
        refuse_set_by_command(changes)
    folder = Path(output).resolve() if output else clone / "reports" / "html"
    shown = _from_here(folder)
    try:
        index, outcomes = make(clone, chosen, changes, folder, shown=shown, timeout=timeout)
    except PressError as error:
        if changes and not names:
            raise PressError(
                f"{error} To change it where it exists, name the notebooks."
            ) from error
        raise
    pages = [folder / f"{name}.html" for name in sorted(outcomes)]
    facts = {name: facts_of(folder, name) for name in outcomes}
    known = {lesson.name for lesson in notebooks(clone)} | {"index"}
    held = [path for name in known for path in folder.glob(f"**/{name}.*") if path.suffix in HELD]
    deliver(outcomes, facts, index, pages, held)


def _report_data(clone, data, given, changes, output, timeout, deliver):
    from dkm.press.own_data import PAGE, as_table, make
    from dkm.press.runner import executed_path
    from dkm.press.site import facts_in

    table = as_table(data)
    own = table.stem.strip(". ") or "table"
    folder = Path(output).resolve() if output else clone / "reports" / "your_data" / own
    shown = _from_here(folder)
    page, outcome = make(clone, table, given, changes, folder, shown=shown, timeout=timeout)
    facts = facts_in(executed_path(folder, PAGE))
    held = [
        page,
        folder / f"{PAGE}.ipynb",
        *(folder / name for name in (facts or {"files": ()})["files"]),
    ]
    deliver({PAGE: outcome}, {PAGE: facts}, page, [page], held)


def _deliver(clone, outcomes, facts, page, pages, held, *, pdf, zipped, opened):
    """Print, pack, say how it went and what was made; the exit code tells whether all went well.

    `page` is the one to open, `pages` are to be printed, `held` is what an archive takes along.
    """
    from dkm.press import delivery

    for line in summary(outcomes, facts):
        click.echo(line)
    made = [path for path in dict.fromkeys([page, *pages]) if path.is_file()]
    if pdf:
        printed = [delivery.as_pdf(path, pdf) for path in pages if path.is_file()]
        made += printed
        held = {*held, *printed}
    if zipped:
        files = [path for path in held if path.is_file()]
        made.append(delivery.as_zip(page.parent, files, clone))
    if made:
        click.echo("\n".join(["Made:", *delivery.sizes(made)]))
    click.echo(f"Open {_from_here(page)}\n{page.as_uri()}")
    if opened and not webbrowser.open(page.as_uri()):
        click.echo("No browser could be opened from here.", err=True)
    sys.exit(FAILED if any(outcome.bad for outcome in outcomes.values()) else 0)


def summary(outcomes, facts_of):
    """How each notebook went, and which claims failed, in lines."""
    from dkm.press.site import count

    width = max(len(name) for name in outcomes)
    failed = []
    for name in sorted(outcomes):
        outcome, facts = outcomes[name], facts_of.get(name)
        about = f" ({facts['seconds']} s, {count(facts['claims'])})" if facts else ""
        yield f"{name:{width}}  {outcome.status}{'' if outcome.bad else about}"
        if facts and facts["claims"]["failed"]:
            failed.append((name, [claim["statement"] for claim in facts["claims"]["failed"]]))
    for name, statements in failed:
        claims = "claim" if len(statements) == 1 else "claims"
        yield f"{len(statements)} {claims} failed in {name}: {'; '.join(statements)}"


@commands.command("list")
def list_():
    """Show the notebooks, what they take, and their parameters."""
    for lesson in notebooks(find_clone()):
        said = [
            f"{what.lower()} {lesson.minutes(what)}"
            for what in ("Read", "Run")
            if lesson.minutes(what)
        ]
        click.echo("  ".join([lesson.name, lesson.title, *said]))
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
    help="Where to write; - for standard output. Default: TABLE.labels.csv beside the table.",
)
def predict(model, table, output):
    """Label new rows by a model that `dkm report --data` has made.

    MODEL is its file model.safetensors, TABLE has the same columns as the first table. Each row
    gets its cluster, its distance from the centre, and whether it is farther away than any row that
    the cluster was made from.
    """
    from dkm.press.own_data import as_table, errors_of

    source = as_table(table)
    to_screen = output == "-"
    target = Path(output) if output else source.with_name(f"{source.stem}.labels.csv")
    if not to_screen and os.path.lexists(target):
        raise PressError(
            f"{_from_here(target)} exists already. Delete it, or name another: --output FILE."
        )
    with errors_of(source):
        from dkm.models.predict import label_table  # here, as it loads scikit-learn

        labels, said = label_table(Path(model), source)
    for line in said:
        click.echo(line, err=to_screen)
    if to_screen:
        sys.stdout.buffer.write(labels.as_csv().encode())  # UTF-8 whatever the terminal has
        sys.stdout.buffer.flush()
        return
    try:
        write_atomically(target, labels.as_csv())
    except OSError as error:
        raise PressError(
            f"{_from_here(target)} cannot be written: {error.strerror}. Name another place: "
            "--output FILE."
        ) from error
    click.echo(f"Written to {_from_here(target)}")


def main():
    """Run the command, with errors in words and an exit code that tells what went wrong."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        commands(standalone_mode=False)
    except PressError as error:
        _end(f"dkm: {error}", WRONG_USE)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except BrokenPipeError:  # whoever read our output has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except (KeyboardInterrupt, click.Abort):
        _end(
            "Stopped. What was finished is kept; the same command goes on from there.", INTERRUPTED
        )


def _end(message, code):
    click.echo(message, err=True)
    sys.exit(code)


def _from_here(path):
    """A path as the user would write it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.path.join("..", "..")) else relative


if __name__ == "__main__":
    main()
