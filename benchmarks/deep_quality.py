"""Accuracy of the deep clusterers compared with ClustPy, on the same data and seeds.

    python -m benchmarks.deep_quality --clustpy PYTHON [--dataset digits] [--seed 0]

The data are scikit-learn's digits and the 10 000 test images of MNIST, as float32 in [0, 1]. Each
library uses its own weights; those of dkm are the published ones (see `benchmarks.deep_safety` for
its defaults). dkm trains the autoencoder for 50 epochs and each method for 100
epochs, with Adam and learning rate 0.001. ClustPy trains for 100 epochs at 0.001 and 150 epochs at
0.0001. Both use layers of 500, 500, 2000 and 10 units and batches of 256. For each seed, a library
trains a single autoencoder, which is the starting point of all its methods.

On digits, two additional rows help to explain differences. `start` is IDEC without any epochs, that
is, the clusters from which all joint methods of a library start. By default, IDEC weights the
clustering loss by 0.1 d in dkm and by 0.1 in ClustPy, relative to an error summed over the d
features; in `idec_exchanged`, each library uses the other's weight. On the MNIST test images, dkm
has one additional row, `dkm_tenth`: Deep K-Means with a weight of 0.1 instead of 1. It was added,
and the value 0.1 chosen, after the labels had shown that a weight of 1 loses accuracy there.

ClustPy's `labels_` come from a K-Means with a single start on the final code; the method's own
labels are reported next to them. Each combination of library, data set and seed runs in a separate
process. Its rows are added when it has finished, and existing rows are not measured again. The time
in the first row of a process includes the pretraining. The last lines of the output compare the
libraries seed by seed.
"""

import argparse
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.results import read_rows, write_rows

ROOT = Path(__file__).parents[1]
TABLE = "deep_quality.csv"
SEEDS = (0, 1, 2, 3, 4)
DATASETS = ("digits", "mnist_test")
METHODS = ("ae_kmeans", "dkm", "dcn", "dec", "idec")
EXTRA_ON_DIGITS = ("start", "idec_exchanged")
EXTRA_METHODS = {
    ("dkm", "digits"): EXTRA_ON_DIGITS,
    ("clustpy", "digits"): EXTRA_ON_DIGITS,
    ("dkm", "mnist_test"): ("dkm_tenth",),
}
N_CLUSTERS = 10
MARGIN = -0.01  # "worse" if the 95 % interval of the accuracy difference lies entirely below this
T = 2.776  # 97.5 % quantile of Student's t with four degrees of freedom (five differences)


def dkm(X, seed, methods):
    """Yield each method with its labels, twice: they are also the method's own labels."""
    import dkm as library

    kinds = {
        "dkm": library.DeepKMeans.published,
        "dcn": library.DCN.published,
        "dec": library.DEC,
        "idec": library.IDEC.published,
        "start": partial(library.IDEC, epochs=0),
        "idec_exchanged": partial(library.IDEC.published, cluster_weight=0.1),
        "dkm_tenth": partial(library.DeepKMeans.published, cluster_weight=0.1),
    }
    start = library.AutoencoderKMeans(N_CLUSTERS, random_state=seed).fit(X)
    for name in methods:
        found = start
        if name != "ae_kmeans":
            how = {"autoencoder": start.autoencoder_, "random_state": seed}
            found = kinds[name](N_CLUSTERS, **how).fit(X)
        yield name, found.labels_, found.labels_


def clustpy(X, seed, methods):
    """Yield each method with its `labels_` and the method's own labels."""
    import torch
    from clustpy.deep import DCN, DEC, DKM, IDEC
    from clustpy.deep.neural_networks import FeedforwardAutoencoder
    from sklearn.cluster import KMeans

    kinds = {
        "dkm": DKM,
        "dcn": DCN,
        "dec": DEC,
        "idec": IDEC,
        "start": partial(IDEC, clustering_epochs=0),
        "idec_exchanged": partial(IDEC, clustering_loss_weight=0.1 * X.shape[1]),
    }
    own = dict.fromkeys(kinds, "dec_labels_") | {"dkm": "dkm_labels_", "dcn": "dcn_labels_"}
    torch.manual_seed(seed)
    network = FeedforwardAutoencoder([X.shape[1], 500, 500, 2000, N_CLUSTERS], random_state=seed)
    network.fit(100, {"lr": 1e-3}, 256, data=X)
    for name in methods:
        if name == "ae_kmeans":
            with torch.no_grad():
                codes = network.encode(torch.from_numpy(X)).numpy()
            labels = KMeans(N_CLUSTERS, random_state=seed).fit(codes).labels_
            yield name, labels, labels
        else:
            found = kinds[name](N_CLUSTERS, neural_network=network, random_state=seed).fit(X)
            yield name, found.labels_, getattr(found, own[name])


LIBRARIES = {"dkm": dkm, "clustpy": clustpy}


def run_worker(library, points, seed, *methods):
    """Write one line of JSON per method; runs in the environment of the library."""
    results = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # redirect anything that a library prints to stderr
    began = perf_counter()
    for name, labels, own in LIBRARIES[library](np.load(points), int(seed), methods):
        result = {"method": name, "seconds": round(perf_counter() - began, 1)}
        lists = {"labels": np.asarray(labels).tolist(), "own": np.asarray(own).tolist()}
        print(json.dumps(result | lists), file=results)
        began = perf_counter()


def main():
    """Measure the missing rows, then compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clustpy", help="Python interpreter of an environment with ClustPy")
    parser.add_argument("--dataset", action="append", choices=DATASETS)
    parser.add_argument("--seed", action="append", type=int, choices=SEEDS)
    args = parser.parse_args()
    pythons = {"dkm": sys.executable} | ({"clustpy": args.clustpy} if args.clustpy else {})
    for dataset in args.dataset or DATASETS:
        for seed in args.seed or SEEDS:
            for library, python in pythons.items():
                measure(library, python, dataset, seed)
    compare()


def measure(library, python, dataset, seed):
    """Add the missing rows of one library on one data set from one seed."""
    from dkm import metrics
    from dkm.study.machine import machine

    rows, methods = read_rows(TABLE), METHODS + EXTRA_METHODS.get((library, dataset), ())
    run = library, dataset, seed
    existing = {r["method"] for r in rows if (r["library"], r["dataset"], int(r["seed"])) == run}
    missing = [method for method in methods if method not in existing]
    if not missing:
        return
    X, y = data(dataset)
    for result in fit_in_process(python, library, dataset, X, seed, missing):
        rows.append(
            {
                "library": library,
                "dataset": dataset,
                "seed": seed,
                "method": result["method"],
                "acc": round(metrics.accuracy(y, result["labels"]), 5),
                "nmi": round(metrics.nmi(y, result["labels"]), 5),
                "acc_own": round(metrics.accuracy(y, result["own"]), 5),
                "nmi_own": round(metrics.nmi(y, result["own"]), 5),
                "seconds": result["seconds"],
                **machine(),
            }
        )
    write_rows(TABLE, rows)


def fit_in_process(python, library, dataset, X, seed, methods):
    """Fit the methods in a separate process; returns what `run_worker` wrote, as a list of dict."""
    points = ROOT / "reports" / f".{dataset}-{os.getpid()}.npy"
    np.save(points, X)
    try:
        worker = [python, "-m", "benchmarks.deep_quality", "--work"]
        command = list(map(str, [*worker, library, points, seed, *methods]))
        quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=quiet)
    finally:
        points.unlink()
    if done.returncode:
        raise SystemExit(f"{library} failed on {dataset} with seed {seed}.")
    return [json.loads(line) for line in done.stdout.splitlines()]


def data(name):
    """The points as float32, and their classes."""
    from dkm import datasets

    found = datasets.load("digits" if name == "digits" else "mnist")
    rows = slice(None) if name == "digits" else slice(60_000, None)  # the test images are last
    return found.X[rows].astype(np.float32), found.y[rows]


def compare():
    """Print mean accuracies and confidence intervals of the paired differences."""
    rows = {(r["library"], r["dataset"], r["method"], int(r["seed"])): r for r in read_rows(TABLE)}
    for dataset in DATASETS:
        for method in METHODS + EXTRA_ON_DIGITS:
            pairs = [
                (float(rows[key]["acc"]), float(rows["clustpy", *key[1:]]["acc"]))
                for key in rows
                if key[:3] == ("dkm", dataset, method) and ("clustpy", *key[1:]) in rows
            ]
            if pairs:
                print(summary(dataset, method, np.array(pairs)))


def summary(dataset, method, pairs):
    """Summarise one method in a line; `pairs`, shape (seeds, 2), are accuracies of both."""
    difference = pairs[:, 0] - pairs[:, 1]
    text = f"{dataset:11} {method:10} dkm {pairs[:, 0].mean():.3f} ClustPy {pairs[:, 1].mean():.3f}"
    if len(pairs) < len(SEEDS):
        return f"{text} difference {difference.mean():+.3f} ({len(pairs)} of {len(SEEDS)} seeds)"
    half = T * difference.std(ddof=1) / len(pairs) ** 0.5
    low, high = difference.mean() - half, difference.mean() + half
    verdict = "worse" if high < MARGIN else "not worse"
    return f"{text} difference {difference.mean():+.3f} ({low:+.3f} to {high:+.3f}): {verdict}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        run_worker(*sys.argv[2:])
    else:
        main()
