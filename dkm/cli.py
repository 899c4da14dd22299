"""The command ``dkm``."""

import os
import signal
import sys
from pathlib import Path

import click

from dkm import __version__
from dkm.press import PressError
from dkm.press.lessons import choose, find_clone, notebooks
from dkm.press.parameters import parse_changes

WRONG_USE, FAILED, INTERRUPTED = 2, 1, 130


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
@click.option("--output", metavar="FOLDER", help="Where to write. Default: reports/html.")
@click.option(
    "--timeout",
    default=600,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="How long one cell may take.",
)
def report(names, parameters, output, timeout):
    """Run notebooks and make a page of each, and an index.

    NAMES are such as 01, kmeans or 01_kmeans; without any, all lessons. What is up to date is not
    done again.
    """
    from dkm.press.report import make

    clone = find_clone()
    chosen = choose(clone, names)
    changes = parse_changes(parameters)
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
    for line in summary(outcomes, folder):
        click.echo(line)
    click.echo(f"Open {_from_here(index)}\n{index.as_uri()}")
    sys.exit(FAILED if any(outcome.bad for outcome in outcomes.values()) else 0)


def summary(outcomes, folder):
    """How each notebook went, and which claims failed, in lines."""
    from dkm.press.site import count, facts_of

    width = max(len(name) for name in outcomes)
    failed = []
    for name in sorted(outcomes):
        outcome, facts = outcomes[name], facts_of(folder, name)
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
