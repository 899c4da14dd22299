"""Speed of KMeans compared with scikit-learn and faiss on the same data and initial centres.

All libraries run the same number of iterations. They alternate for several rounds in one process
and are compared within each round, because the speed of a machine varies from minute to minute.
faiss is included if it is installed (``pip install faiss-cpu``).

    python -m benchmarks.kmeans_speed [--rounds 7]
"""

import argparse
import os
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.cluster import KMeans as SklearnKMeans

from benchmarks.results import machine, write_rows
from dkm import KMeans

N, D, ITERATIONS = 70_000, 784, 20


def points():
    """MNIST from the folder in DKM_DATA; without it, as many random points around 10 centres."""
    path = Path(os.environ.get("DKM_DATA", ""), "mnist.npz")
    if path.is_file():
        with np.load(path) as arrays:
            images = np.concatenate([arrays["x_train"], arrays["x_test"]])
        return "mnist", images.reshape(N, D).astype(np.float32) / 255
    rng = np.random.default_rng(0)
    centers = rng.uniform(size=(10, D))
    noise = rng.standard_normal((N, D), dtype=np.float32)
    return "blobs", (centers[rng.integers(10, size=N)] + 0.5 * noise).astype(np.float32)


def ours(X, start):
    """Fit dkm.KMeans and return the inertia."""
    return KMeans(len(start), init=start, max_iter=ITERATIONS, tol=0).fit(X).inertia_


def sklearn(X, start):
    """Fit scikit-learn's KMeans, using Lloyd's algorithm, and return the inertia."""
    model = SklearnKMeans(len(start), init=start, n_init=1, max_iter=ITERATIONS, tol=0)
    return model.fit(X).inertia_


def faiss(X, start):
    """Fit faiss's K-Means on all points (by default it subsamples) and return the inertia."""
    import faiss

    model = faiss.Kmeans(D, len(start), niter=ITERATIONS, nredo=1, max_points_per_centroid=10**9)
    model.train(X, init_centroids=start)
    return float(model.obj[-1])  # before the last update, so one iteration behind the others


def libraries():
    """The fit functions of the installed libraries."""
    try:
        import faiss as _  # noqa: F401
    except ImportError:
        print("faiss is not installed and is skipped.")
        return [sklearn, ours]
    return [sklearn, ours, faiss]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    name, X = points()
    fits, rows = libraries(), []
    for n_clusters in (10, 100):
        rng = np.random.default_rng(0)
        start = X[rng.choice(N, n_clusters, replace=False)]
        seconds = {fit.__name__: [] for fit in fits}
        for number, library, elapsed, inertia in timed_rounds(fits, X, start, rounds):
            seconds[library].append(elapsed)
            rows.append(
                {
                    "data": name,
                    "n": N,
                    "d": D,
                    "n_clusters": n_clusters,
                    "iterations": ITERATIONS,
                    "round": number,
                    "library": library,
                    "seconds": round(elapsed, 3),
                    "inertia": round(inertia, 1),
                    **machine(),
                }
            )
        for library, values in seconds.items():
            ratio = np.median(np.array(seconds["ours"]) / values)
            print(
                f"k={n_clusters:3}  {library:8} median {np.median(values):.2f} s, "
                f"minimum {min(values):.2f} s; ours takes {ratio:.2f} times as long"
            )
    if name == "mnist":
        write_rows("kmeans_speed.csv", rows)
    else:
        print(
            "Random points were timed, so nothing is written. To use MNIST, set DKM_DATA to the "
            "folder of mnist.npz."
        )


def timed_rounds(fits, X, start, rounds):
    """Yield (round, library, seconds, inertia) for each fit, after a warm-up round."""
    for number in range(-1, rounds):  # round -1 warms up
        for fit in fits:
            began = perf_counter()
            inertia = fit(X, start)
            elapsed = perf_counter() - began
            if number >= 0:
                yield number, fit.__name__, elapsed, inertia


if __name__ == "__main__":
    main()
