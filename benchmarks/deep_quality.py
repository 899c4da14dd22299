"""Deep clusterers beside ClustPy's: accuracy on the same data, from the same seeds.

    python -m benchmarks.deep_quality --clustpy PYTHON [--dataset digits] [--seed 0]

Data: scikit-learn's digits, and the 10 000 test images of MNIST, float32 in [0, 1]. Each library
with its own defaults: dkm trains 50 epochs of the autoencoder and 100 of each method by Adam at
0.001, ClustPy 100 at 0.001 and 150 at 0.0001; both have layers of 500, 500, 2000 and 10 units and
batches of 256. For each seed a library trains one autoencoder, from which all its methods start.

On digits two more rows say where differences come from. `start`: no epoch of IDEC, that is, the
clusters with which all joint methods of a library begin. `idec_exchanged`: IDEC weighs its clusters
by 0.1 d in dkm and by 0.1 in ClustPy, beside an error summed over the d features; here each has the
other's weight. On MNIST's test images dkm has one more, `dkm_tenth`: Deep K-Means with a weight of
0.1 in place of 1. It was added, and 0.1 chosen, after the labels had shown that 1 loses accuracy
there.

ClustPy's `labels_` are those of a K-Means with one start on the final code; the method's own labels
stand beside them. A library on a data set from a seed is a process of its own; its rows are added
when it is through, and what is there is not measured again; the seconds of a process' first row
include the pretraining. The last lines compare seed by seed.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.results import RESULTS, write_rows

ROOT = Path(__file__).parents[1]
TABLE = "deep_quality.csv"
SEEDS = (0, 1, 2, 3, 4)
DATASETS = ("digits", "mnist_test")
METHODS = ("ae_kmeans", "dkm", "dcn", "dec", "idec")
BOTH_ON_DIGITS = ("start", "idec_exchanged")
REASONS = {
    ("dkm", "digits"): BOTH_ON_DIGITS,
    ("clustpy", "digits"): BOTH_ON_DIGITS,
    ("dkm", "mnist_test"): ("dkm_tenth",),
}
N_CLUSTERS = 10
WORSE = -0.01  # a difference in accuracy that the 95 % interval may reach
T = 2.776  # its quantile for five differences: Student's t with four degrees of freedom


def dkm(X, seed, methods):
    """Labels of each method, and its own labels, which are the same, as they come."""
    import dkm as library

    kinds = {
        "dkm": library.DeepKMeans,
        "dcn": library.DCN,
        "dec": library.DEC,
        "idec": library.IDEC,
        "start": partial(library.IDEC, epochs=0),
        "idec_exchanged": partial(library.IDEC, cluster_weight=0.1),
        "dkm_tenth": partial(library.DeepKMeans, cluster_weight=0.1),
    }
    start = library.AutoencoderKMeans(N_CLUSTERS, random_state=seed).fit(X)
    for name in methods:
        found = start
        if name != "ae_kmeans":
            how = {"autoencoder": start.autoencoder_, "random_state": seed}
            found = kinds[name](N_CLUSTERS, **how).fit(X)
        yield name, found.labels_, found.labels_


def clustpy(X, seed, methods):
    """Labels of each method, and those that the method has by itself, as they come."""
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


def work(library, points, seed, *methods):
    """Answer with a line for each method; this runs in either library's environment."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries may print
    began = perf_counter()
    for name, labels, own in LIBRARIES[library](np.load(points), int(seed), methods):
        answer = {"method": name, "seconds": round(perf_counter() - began, 1)}
        lists = {"labels": np.asarray(labels).tolist(), "own": np.asarray(own).tolist()}
        print(json.dumps(answer | lists), file=answers)
        began = perf_counter()


def main():
    """Measure what is not there yet, then compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clustpy", help="Python of the environment that has ClustPy")
    parser.add_argument("--dataset", action="append", choices=DATASETS)
    parser.add_argument("--seed", action="append", type=int, choices=SEEDS)
    asked = parser.parse_args()
    pythons = {"dkm": sys.executable} | ({"clustpy": asked.clustpy} if asked.clustpy else {})
    for dataset in asked.dataset or DATASETS:
        for seed in asked.seed or SEEDS:
            for library, python in pythons.items():
                measure(library, python, dataset, seed)
    compare()


def measure(library, python, dataset, seed):
    """Add those rows of one library on one data set from one seed that are not there."""
    from dkm import metrics
    from dkm.study.machine import machine

    rows, wanted = table(), METHODS + REASONS.get((library, dataset), ())
    run = library, dataset, seed
    there = {r["method"] for r in rows if (r["library"], r["dataset"], int(r["seed"])) == run}
    missing = [method for method in wanted if method not in there]
    if not missing:
        return
    X, y = data(dataset)
    points = ROOT / "reports" / f".{dataset}-{os.getpid()}.npy"
    np.save(points, X)
    try:
        command = [
            python,
            "-m",
            "benchmarks.deep_quality",
            "--work",
            library,
            points,
            seed,
            *missing,
        ]
        quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, text=True, cwd=ROOT, env=quiet
        )
    finally:
        points.unlink()
    if done.returncode:
        raise SystemExit(f"{library} failed on {dataset} from seed {seed}.")
    for line in done.stdout.splitlines():
        found = json.loads(line)
        rows.append(
            {
                "library": library,
                "dataset": dataset,
                "seed": seed,
                "method": found["method"],
                "acc": round(metrics.accuracy(y, found["labels"]), 5),
                "nmi": round(metrics.nmi(y, found["labels"]), 5),
                "acc_own": round(metrics.accuracy(y, found["own"]), 5),
                "nmi_own": round(metrics.nmi(y, found["own"]), 5),
                "seconds": found["seconds"],
                **machine(),
            }
        )
    write_rows(TABLE, rows)


def data(name):
    """Points in float32 and their classes."""
    from dkm import datasets

    found = datasets.load("digits" if name == "digits" else "mnist")
    rows = slice(None) if name == "digits" else slice(60_000, None)  # the test images come last
    return found.X[rows].astype(np.float32), found.y[rows]


def table():
    """The rows that are there."""
    path = RESULTS / TABLE
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def compare():
    """Print mean accuracies, and the interval of the differences from the same seed."""
    rows = {(r["library"], r["dataset"], r["method"], int(r["seed"])): r for r in table()}
    for dataset in DATASETS:
        for method in METHODS + BOTH_ON_DIGITS:
            pairs = [
                (float(rows[key]["acc"]), float(rows["clustpy", *key[1:]]["acc"]))
                for key in rows
                if key[:3] == ("dkm", dataset, method) and ("clustpy", *key[1:]) in rows
            ]
            if pairs:
                print(said(dataset, method, np.array(pairs)))


def said(dataset, method, pairs):
    """A line on one method: accuracies of dkm and of ClustPy, shape (seeds, 2)."""
    difference = pairs[:, 0] - pairs[:, 1]
    text = f"{dataset:11} {method:10} dkm {pairs[:, 0].mean():.3f} ClustPy {pairs[:, 1].mean():.3f}"
    if len(pairs) < len(SEEDS):
        return f"{text} difference {difference.mean():+.3f} ({len(pairs)} of {len(SEEDS)} seeds)"
    half = T * difference.std(ddof=1) / len(pairs) ** 0.5
    low, high = difference.mean() - half, difference.mean() + half
    verdict = "worse" if high < WORSE else "not worse"
    return f"{text} difference {difference.mean():+.3f} ({low:+.3f} to {high:+.3f}): {verdict}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:])
    else:
        main()
