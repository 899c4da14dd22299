"""The command `python -m dkm.study`."""

import argparse
import subprocess
import sys
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from filelock import FileLock, Timeout

from dkm import datasets
from dkm._util.checks import suggest
from dkm.study.protocol import DATASETS, METHODS, SEEDS, measure
from dkm.study.table import add, read, results_folder


def main(arguments=None):
    """Measure the requested rows that the table does not have yet."""
    parser = argparse.ArgumentParser(
        prog="python -m dkm.study",
        description="Full-size measurements: one method on one data set with one seed is one row.",
    )
    parser.add_argument("--method", action="append", help="one of " + ", ".join(METHODS))
    parser.add_argument("--dataset", action="append", help="such as " + ", ".join(DATASETS))
    parser.add_argument("--seed", action="append", type=int, help=f"default: {SEEDS}")
    parser.add_argument("--again", action="store_true", help="measure existing rows again")
    parser.add_argument("--results", type=Path, help="folder that contains the table")
    args = parser.parse_args(arguments)
    for name, known in (("method", METHODS), ("dataset", datasets.names())):
        for value in getattr(args, name) or ():
            if value not in known:
                parser.error(f"No {name} named {value!r}. {suggest(value, list(known))}")
    folder = args.results or results_folder()
    cells = list(product(args.dataset or DATASETS, args.seed or SEEDS, args.method or METHODS))
    existing = {} if args.again else read(folder)
    missing = [(m, d, s) for d, s, m in cells if (m, d, s) not in existing]
    print(f"{len(cells) - len(missing)} of {len(cells)} rows already exist.")
    if len(cells) > 1:
        return run_each(missing, folder, args.again)
    for cell in missing:
        with alone(folder):
            row, labels = measure(*cell)
            add(folder, row, labels)
        print(
            ", ".join(f"{name} {row[name]}" for name in ("method", "dataset", "seed", "acc", "nmi"))
        )
    return 0


@contextmanager
def alone(folder):
    """One measurement at a time: two would distort each other's timings and could lose rows."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".study.lock")  # the system releases it when the process ends
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise SystemExit(
            f"Another measurement is running and will write to {folder}. Wait for it or stop it, "
            "then run this command again: existing rows are not measured twice."
        ) from None
    with lock:
        yield


def run_each(cells, folder, again):
    """Measure each cell in its own process; failures are listed at the end, the rest goes on."""
    failed = []
    for method, dataset, seed in cells:
        command = [sys.executable, "-m", "dkm.study", "--results", str(folder)]
        command += ["--method", method, "--dataset", dataset, "--seed", str(seed)]
        if subprocess.run(command + ["--again"] * again).returncode:
            failed.append(f"{method} on {dataset} with seed {seed}")
    if failed:
        print("Not measured: " + "; ".join(failed) + ".", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
