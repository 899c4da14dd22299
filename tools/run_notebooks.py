"""Rerun notebooks in place and list the claims that changed.

``python -m tools.run_notebooks notebooks`` runs all notebooks of the clone; names such as ``01`` or
``notebooks/01_kmeans.ipynb`` select some of them. A notebook is replaced only if its run succeeded.
"""

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import nbformat

from dkm._util.files import write_atomically
from dkm.claims import found
from dkm.press import PressError
from dkm.press.lessons import choose, find_clone, notebooks
from dkm.press.notebook_form import as_text, normalised
from dkm.press.progress import Progress
from dkm.press.report import plan
from dkm.press.runner import run

TIMEOUT = 3600  # seconds per cell


def main(arguments):
    """Run the given notebooks; return the exit code."""
    try:
        clone = find_clone()
        names = [each for each in arguments if Path(each).resolve() != clone / "notebooks"]
        chosen = choose(clone, names or [each.name for each in notebooks(clone)])
    except PressError as error:
        print(error, file=sys.stderr)
        return 2
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(clone, chosen, {}, Path(folder), "the temporary folder", TIMEOUT)
        with closing(run(jobs)) as events, Progress(jobs) as progress:
            for job, event in events:
                progress.show(job.name, event)
                if event["event"] == "end":
                    bad += not take(job, event)
    return 1 if bad else 0


def take(job, event):
    """Replace a notebook by its result and print the changes; return whether the run succeeded."""
    failure = event.get("failure")
    if event.get("error") or failure:
        where = f"code cell {failure['number']}: {failure['error']}: " if failure else ""
        print(f"{job.name}: {where}{event.get('error') or failure['message']}. Left unchanged.")
        return False
    path = Path(job.notebook)
    before = nbformat.read(path, as_version=4)
    after = nbformat.read(Path(job.output) / path.name, as_version=4)
    del after.metadata["dkm"]
    write_atomically(path, as_text(normalised(after)))
    changes = list(claim_changes(before, after))
    print("\n".join([f"{job.name}: {len(changes) or 'no'} claims changed", *changes]))
    return True


def claim_changes(before, after):
    """Yield a line for each claim that is new, removed, reversed or measured differently."""
    old, new = ({c["statement"]: c for c in found(nb)[0]} for nb in (before, after))
    for statement in [*old, *(each for each in new if each not in old)]:
        was, is_ = old.get(statement), new.get(statement)
        if was is None:
            yield f"  new: {statement} ({_verdict(is_)}, {is_['measured']})"
        elif is_ is None:
            yield f"  removed: {statement}"
        elif _verdict(was) != _verdict(is_):
            yield f"  reversed: {statement}: {_verdict(was)} -> {_verdict(is_)} ({is_['measured']})"
        elif was["measured"] != is_["measured"]:
            yield f"  measured: {statement}: {was['measured']} -> {is_['measured']}"


def _verdict(claim):
    if not claim["applies"]:
        return "does not apply"
    return "holds" if claim["holds"] else "does not hold"


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        print("Stopped. Unfinished notebooks were left unchanged.", file=sys.stderr)
        code = 130
    sys.exit(code)
