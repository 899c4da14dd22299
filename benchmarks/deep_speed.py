"""Speed of the deep clusterers compared with ClustPy: time per epoch, and time of a quick fit.

Both libraries use the same points (the first 10 000 of MNIST), layers (784-500-500-2000-10 and the
mirror image), batches of 256, float32, Adam, epochs and threads. The phase "clustering" is Deep
K-Means. ClustPy, with PyTorch on the CPU, needs its own environment, whose Python is passed as:

    python -m benchmarks.deep_speed --clustpy PYTHON [--rounds 5] [--epochs 3]

Each library trains in a separate process, which sleeps while another one is measured; libraries are
compared within a round. A library's first turn, in which TensorFlow compiles, is reported
separately. The speed of NumPy's float32 matrix products is measured in the same rounds.
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

from benchmarks import deep_workers, timing
from benchmarks.results import write_rows
from dkm import datasets
from dkm.study.machine import machine

ROOT = Path(__file__).parents[1]
ROWS = 10_000
PHASES = {  # in the order of a round, with the libraries to measure
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
RATIOS = (  # ratios of times in the same round, with the target (upper bound)
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
RATES = (  # ratios of operations per second in the same round
    (("clustering", "dkm"), ("sgemm", "numpy")),
    (("clustering", "dkm"), ("sgemm_layers", "numpy")),
)
MAX_OTHERS = 0.1  # CPUs that other programs may keep busy
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class Worker:
    """A library in a separate process that trains on request."""

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
        self.versions = self.reply()["versions"]

    def turn(self, phase, epochs):
        """Train for some epochs and return the measurements per epoch."""
        print(json.dumps({"phase": phase, "epochs": epochs}), file=self.process.stdin, flush=True)
        return self.reply()

    def reply(self):
        """Read the next reply; if the process has ended, exit with the end of its log."""
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise SystemExit(f"The worker of {self.library} failed:\n{self.log.read()[-2000:]}")
        return json.loads(line)

    def close(self):
        """End the process and wait for it."""
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


def command(python, *arguments):
    """The command line of a worker."""
    return [python, "-m", "benchmarks.deep_workers", *map(str, arguments)]


def environment(threads):
    """Environment variables of the workers: this number of threads in each library, no GPU."""
    limits = dict.fromkeys(THREADS, str(threads))
    return os.environ | limits | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}


def run_rounds(turns, rounds):
    """Run all turns, round by round, after a warm-up round.

    Parameters
    ----------
    turns : dict
        Maps (phase, library) to a function that runs one turn and returns its measurements. The
        turns of a phase are run consecutively, in an order that is reversed from round to round.
    rounds : int

    Returns
    -------
    dict
        Maps (phase, library) to the list of measurements, beginning with the warm-up round.
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
    """Measure the epochs; return the result of `run_rounds` and the versions of each library."""
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
        measured = run_rounds(turns, rounds)
        for worker in workers.values():
            worker.close()
    return measured, {library: worker.versions for library, worker in workers.items()}


def measure_quick_fits(pythons, rounds, variables):
    """Time fits on digits, each including the start of a new process; see `run_rounds`."""

    def fit(library):
        subprocess.run(
            command(pythons[library], library),
            check=True,
            capture_output=True,
            cwd=ROOT,
            env=variables,
        )

    turns = {
        (QUICK, library): lambda library=library: timing.time_epochs(lambda _: fit(library), 1)
        for library in deep_workers.QUICK_FITS
        if library in pythons
    }
    return run_rounds(turns, rounds)


def rows_of(measured, versions, X, load, threads):
    """One row per turn, without the warm-up round."""
    rows = []
    for (phase, library), (first, *turns) in measured.items():
        for number, turn in enumerate(turns):
            rows.append(
                {
                    "phase": phase,
                    "library": library,
                    "round": number,
                    **{name: rounded(value) for name, value in turn.items()},
                    "first_seconds": rounded(first["seconds"]),
                    "gflops": rounded(rate(phase, turn, *X.shape)),
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
    """Speed in GFLOP/s; empty for a quick fit."""
    if phase == QUICK:
        return ""
    return deep_workers.flops_of(phase, n, d) / turn["seconds"] / 1e9


def rounded(value):
    """Round a float to four significant digits."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def report(rows):
    """Print the medians over all turns, then the medians of the ratios within rounds."""
    groups = {}
    for row in rows:
        groups.setdefault((row["phase"], row["library"]), []).append(row)
    print(f"{'':28}{'seconds':>9}  (min, max)       first    GFLOP/s   busy others")
    for (phase, library), turns in groups.items():
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
        for one, other, *target in pairs:
            if one in groups and other in groups:
                turns = zip(groups[one], groups[other], strict=True)
                ratios = [mine[column] / theirs[column] for mine, theirs in turns]
                print(
                    f"{column}, {' of '.join(one)} / {' of '.join(other)}: "
                    f"{np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                    *(f"target: at most {limit}" for limit in target),
                    sep="; ",
                )
    disturbed = sum(row["others"] != "" and row["others"] > MAX_OTHERS for row in rows)
    if disturbed:
        print(
            f"In {disturbed} of {len(rows)} turns other programs kept more than {MAX_OTHERS} CPUs "
            "busy. Repeat the measurement when the machine is idle."
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--clustpy", metavar="PYTHON", help="Python interpreter of an environment with ClustPy"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="number of epochs per turn")
    parser.add_argument("--rows", type=int, default=ROWS, help="number of rows of MNIST")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    for name in ("rounds", "epochs", "rows", "threads"):
        if getattr(args, name) < 1:
            parser.error(f"--{name} {getattr(args, name)} is too small. Give 1 or more.")
    if args.clustpy and not shutil.which(args.clustpy):
        parser.error(
            f"--clustpy {args.clustpy} is not a program. Give the Python interpreter of an "
            "environment with ClustPy."
        )
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else ""
    X, variables = datasets.load("mnist").X[: args.rows], environment(args.threads)
    pythons = {"dkm": sys.executable, "clustpy": args.clustpy, "numpy": sys.executable}
    pythons = {library: python for library, python in pythons.items() if python}
    measured, versions = measure_epochs(pythons, X, args.rounds, args.epochs, variables)
    measured |= measure_quick_fits(pythons, args.rounds, variables)
    rows = rows_of(measured, versions, X, load, args.threads)
    report(rows)
    if args.clustpy and args.rows == ROWS:
        write_rows("deep_speed.csv", rows)
    else:
        print(f"Nothing is written: this requires ClustPy (see --clustpy) and {ROWS} rows.")


if __name__ == "__main__":
    main()
