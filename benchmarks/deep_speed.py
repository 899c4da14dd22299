"""Deep clusterers beside ClustPy's: seconds of an epoch, and of a quick fit with all that is in it.

Same points (MNIST's first 10 000), layers (784-500-500-2000-10 and back), batches of 256, float32,
Adam, epochs and threads; "clustering" is deep K-Means. ClustPy, with PyTorch on the CPU, has an
environment of its own, whose Python is named here:

    python -m benchmarks.deep_speed --clustpy PYTHON [--rounds 5] [--epochs 3]

Each library trains in a process of its own, which sleeps while another is measured, and is compared
with the others within a round. A library's first turn, in which TensorFlow compiles, is told apart.
NumPy's float32 matrix products are measured in the same rounds.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import deep_workers, moments
from benchmarks.results import write_rows
from dkm import datasets
from dkm.study.machine import machine

ROOT = Path(__file__).parents[1]
ROWS = 10_000
PHASES = {  # in the order of a round, and who takes part
    "pretraining": ("dkm", "clustpy"),
    "clustering": ("dkm", "clustpy"),
    "dcn": ("dkm", "clustpy"),
    "dec": ("dkm", "clustpy"),
    "idec": ("dkm", "clustpy"),
    "vade": ("dkm", "clustpy"),
    "autoencoder": ("dkm",),
    "sgemm": ("numpy",),
    "sgemm_layers": ("numpy",),
}
QUICK = "quick_fit"
RATIOS = (  # of seconds in the same round, and the most that is aimed at
    (("pretraining", "dkm"), ("pretraining", "clustpy"), 0.8),
    (("clustering", "dkm"), ("clustering", "clustpy"), 0.8),
    (("dcn", "dkm"), ("dcn", "clustpy"), 0.65),
    (("dec", "dkm"), ("dec", "clustpy"), 0.8),
    (("idec", "dkm"), ("idec", "clustpy"), 0.8),
    (("vade", "dkm"), ("vade", "clustpy"), 0.8),
    (("clustering", "dkm"), ("pretraining", "dkm"), 1.15),
    (("clustering", "dkm"), ("autoencoder", "dkm"), 1.15),
    ((QUICK, "dkm"), (QUICK, "clustpy")),
)
RATES = (  # of operations in the same round
    (("clustering", "dkm"), ("sgemm", "numpy")),
    (("clustering", "dkm"), ("sgemm_layers", "numpy")),
)
QUIET = 0.1  # processors that others may keep busy
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class Worker:
    """A library in a process of its own, which trains when it is told to."""

    def __init__(self, library, python, points, variables):
        self.library = library
        self.log = points.with_name(f"{library}.log").open("w+")
        self.process = subprocess.Popen(
            command(python, library, points),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            cwd=ROOT,
            env=variables,
        )
        self.versions = self.answer()["versions"]

    def turn(self, phase, epochs):
        """Train for some epochs; what was measured, of one of them."""
        print(json.dumps({"phase": phase, "epochs": epochs}), file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self):
        """The next answer; if the process ended instead, the end of what it said."""
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise SystemExit(f"The worker of {self.library} failed:\n{self.log.read()[-2000:]}")
        return json.loads(line)

    def close(self):
        """Let the process end."""
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


def command(python, *arguments):
    """What starts a worker."""
    return [python, "-m", "benchmarks.deep_workers", *map(str, arguments)]


def environment(threads):
    """Variables for the workers: as many threads in each library, no GPU."""
    limits = dict.fromkeys(THREADS, str(threads))
    return os.environ | limits | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}


def rounds_of(turns, rounds):
    """Let all take their turns, round by round.

    Parameters
    ----------
    turns : dict
        (phase, library) -> a function that takes the turn and returns what it measured. Those of
        one phase stand together, and who begins changes from round to round.
    rounds : int

    Returns
    -------
    dict
        (phase, library) -> a list of what was measured, the first turn before all rounds first.
    """
    measured = {key: [] for key in turns}
    for number in range(rounds + 1):
        for phase in dict.fromkeys(phase for phase, _ in turns):
            keys = [key for key in turns if key[0] == phase]
            for key in keys[:: -1 if number % 2 else 1]:
                measured[key].append(turns[key]())
        print(f"{phase}: round {number} of {rounds}", file=sys.stderr)
    return measured


def measure_epochs(pythons, X, rounds, epochs, variables):
    """As `rounds_of`, and the versions of each library."""
    with tempfile.TemporaryDirectory() as folder:
        points = Path(folder, "points.npy")
        np.save(points, X)
        workers = {
            library: Worker(library, python, points, variables)
            for library, python in pythons.items()
        }
        turns = {
            (phase, library): lambda phase=phase, library=library: workers[library].turn(
                phase, epochs
            )
            for phase, libraries in PHASES.items()
            for library in libraries
            if library in workers
        }
        measured = rounds_of(turns, rounds)
        for worker in workers.values():
            worker.close()
    return measured, {library: worker.versions for library, worker in workers.items()}


def measure_quick_fits(pythons, rounds, variables):
    """As `rounds_of`: fits on digits, each in a fresh process from its start to its end."""

    def fit(library):
        subprocess.run(
            command(pythons[library], library),
            check=True,
            capture_output=True,
            cwd=ROOT,
            env=variables,
        )

    turns = {
        (QUICK, library): lambda library=library: moments.measured(lambda _: fit(library), 1)
        for library in deep_workers.QUICK_FITS
        if library in pythons
    }
    return rounds_of(turns, rounds)


def rows_of(measured, versions, X, load, threads):
    """One row for each turn that counts."""
    rows = []
    for (phase, library), (first, *turns) in measured.items():
        for number, turn in enumerate(turns):
            rows.append(
                {
                    "phase": phase,
                    "library": library,
                    "round": number,
                    **{name: shortened(value) for name, value in turn.items()},
                    "first_seconds": shortened(first["seconds"]),
                    "gflops": shortened(rate(phase, turn, *X.shape)),
                    "n": len(X),
                    "d": X.shape[1],
                    "load_before": load,
                    "versions": versions[library],
                    **machine(),
                    "threads": threads,
                }
            )
    return rows


def rate(phase, turn, n, d):
    """10⁹ floating-point operations a second; none is told of a quick fit."""
    if phase == QUICK:
        return ""
    return deep_workers.flops_of(phase, n, d) / turn["seconds"] / 1e9


def shortened(value):
    """A number with four digits."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def report(rows):
    """Print medians of the turns, then medians of what is compared within a round."""
    seen = {}
    for row in rows:
        seen.setdefault((row["phase"], row["library"]), []).append(row)
    print(f"{'':28}{'seconds':>9}  (least, most)    first    GFLOP/s   busy others")
    for (phase, library), turns in seen.items():
        seconds = [turn["seconds"] for turn in turns]
        rates = [turn["gflops"] for turn in turns if turn["gflops"] != ""]
        others = [turn["others"] for turn in turns if turn["others"] != ""]
        print(
            f"{phase:16}{library:12}{np.median(seconds):9.3f}  "
            f"{f'({min(seconds):.3f}, {max(seconds):.3f})':16} {turns[0]['first_seconds']:6.2f}"
            f"{f'{np.median(rates):11.0f}' if rates else '':11}"
            f"{f'{np.median(others):14.2f}' if others else ''}"
        )
    for column, pairs in (("seconds", RATIOS), ("gflops", RATES)):
        for one, other, *aim in pairs:
            if one in seen and other in seen:
                turns = zip(seen[one], seen[other], strict=True)
                ratios = [mine[column] / theirs[column] for mine, theirs in turns]
                print(
                    f"{column}, {' of '.join(one)} / {' of '.join(other)}: "
                    f"{np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                    *(f"aim: at most {most}" for most in aim),
                    sep="; ",
                )
    disturbed = sum(row["others"] != "" and row["others"] > QUIET for row in rows)
    if disturbed:
        print(
            f"In {disturbed} of {len(rows)} turns other programs kept more than {QUIET} processors "
            "busy. Measure again when the machine is quiet."
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clustpy", metavar="PYTHON", help="of an environment that has ClustPy")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="in one turn")
    parser.add_argument("--rows", type=int, default=ROWS, help="of MNIST")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    for name in ("rounds", "epochs", "rows", "threads"):
        if getattr(asked, name) < 1:
            parser.error(f"--{name} {getattr(asked, name)} is too few. Give 1 or more.")
    if asked.clustpy and not shutil.which(asked.clustpy):
        parser.error(f"--clustpy {asked.clustpy} is no program. Name the Python that has ClustPy.")
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else ""
    X, variables = datasets.load("mnist").X[: asked.rows], environment(asked.threads)
    pythons = {"dkm": sys.executable, "clustpy": asked.clustpy, "numpy": sys.executable}
    pythons = {library: python for library, python in pythons.items() if python}
    measured, versions = measure_epochs(pythons, X, asked.rounds, asked.epochs, variables)
    measured |= measure_quick_fits(pythons, asked.rounds, variables)
    rows = rows_of(measured, versions, X, load, asked.threads)
    report(rows)
    if asked.clustpy and asked.rows == ROWS:
        write_rows("deep_speed.csv", rows)
    else:
        print(f"Nothing is written: that takes ClustPy (see --clustpy) and {ROWS} rows.")


if __name__ == "__main__":
    main()
