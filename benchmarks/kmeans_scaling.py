"""Time and memory of KMeans for 1 000 to 10 000 000 points, read from a file on disk.

Each measurement runs in a separate process. Only anonymous memory is measured, that is, the memory
allocated by the process itself. Cached pages of the file, which the operating system can drop at
any time, are not included.

    python -m benchmarks.kmeans_scaling [--rounds 3]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.results import machine, write_rows

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
D, K, ITERATIONS = 32, 10, 20


def write_points(path, n):
    """Write random float32 points around K centres, block by block."""
    rng = np.random.default_rng(0)
    # The clusters overlap, which prevents early convergence.
    centers = 0.3 * rng.standard_normal((K, D), dtype=np.float32)
    X = np.memmap(path, np.float32, "w+", shape=(n, D))
    for start in range(0, n, 100_000):
        rows = X[start : start + 100_000]
        rows[:] = centers[rng.integers(K, size=len(rows))]
        rows += rng.standard_normal(rows.shape, dtype=np.float32)
    X.flush()


def anonymous_memory():
    """Anonymous memory currently used by this process, in MiB (Linux); 0 elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)


def measure(path, n):
    """Time and peak anonymous memory of a fit; the memory is sampled 100 times per second."""
    from dkm import KMeans

    X = np.memmap(path, np.float32, "r", shape=(n, D))
    start = np.array(X[:: n // K][:K])
    samples, done = [anonymous_memory()], threading.Event()

    def watch():
        while not done.wait(0.01):
            samples.append(anonymous_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    model = KMeans(K, init=start, max_iter=ITERATIONS, tol=0).fit(X)
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    return {
        "iterations": model.n_iter_,
        "seconds": round(seconds, 4),
        "anonymous_mib": round(max(samples)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure[0], int(arguments.measure[1]))))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "points.f32")
        write_points(path, SIZES[-1])
        for number in range(arguments.rounds):
            for n in SIZES:
                command = [sys.executable, "-m", "benchmarks.kmeans_scaling"]
                answer = subprocess.run(
                    [*command, "--measure", str(path), str(n)],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                row = {"n": n, "d": D, "n_clusters": K, "round": number}
                rows.append({**row, **json.loads(answer.stdout), **machine()})
                print(f"n={n:>10,}  {rows[-1]['seconds']:8.3f} s  {rows[-1]['anonymous_mib']} MiB")
    write_rows("kmeans_scaling.csv", rows)


if __name__ == "__main__":
    main()
