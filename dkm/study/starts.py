"""Lloyd's algorithm started from random rows, from k-means++ and from clusters found by networks.

``python -m dkm.study.starts`` needs the labels that `dkm.study` wrote to reports/results/labels. It
writes reports/results/kmeans_starts.csv.
"""

import csv
import sys
from io import StringIO
from time import perf_counter

import numpy as np

from dkm import KMeans, datasets
from dkm._util.files import write_atomically
from dkm.evaluation import metrics
from dkm.study.machine import machine
from dkm.study.protocol import SEEDS
from dkm.study.table import results_folder

DATASET = "mnist"
NETWORKS = ("ae_kmeans", "dkm_pretrained")
INITS = ("random", "k-means++", "greedy-k-means++")
N_SEEDS = 3


def main():
    """Measure every start with every seed, and write the complete table."""
    folder, data = results_folder(), datasets.load(DATASET)
    rows = []
    for seed in SEEDS[:N_SEEDS]:
        for init in INITS:
            rows.append({"start": init, "seed": seed, **run(data, init, seed), "nmi_before": ""})
        for method in NETWORKS:
            labels = np.load(folder / "labels" / f"{DATASET}-{method}-{seed}.npz")["labels"]
            found = run(data, means(data.X, labels), seed)
            before = {"nmi_before": round(metrics.nmi(data.y, labels), 5)}
            rows.append({"start": method, "seed": seed, **found, **before})
        print(f"seed {seed}: done", file=sys.stderr)
    text = StringIO()
    about = {"dataset": DATASET, **machine()}
    writer = csv.DictWriter(text, [*rows[0], *about], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | about for row in rows)
    write_atomically(folder / "kmeans_starts.csv", text.getvalue())


def run(data, init, seed):
    """Run from one start until labels no longer change."""
    began = perf_counter()
    fitted = KMeans(len(np.unique(data.y)), init=init, n_init=1, tol=0, random_state=seed)
    fitted.fit(data.X)
    seconds = perf_counter() - began
    return {
        "inertia_first": round(fitted.history_["assignment"][0], 1),
        "inertia": round(fitted.inertia_, 1),
        "iterations": fitted.n_iter_,
        "seconds": round(seconds, 2),
        "nmi": round(metrics.nmi(data.y, fitted.labels_), 5),
        "acc": round(metrics.accuracy(data.y, fitted.labels_), 5),
    }


def means(X, labels):
    """Mean of the rows of each cluster, shape (k, d). No cluster may be empty."""
    return np.array([X[labels == k].mean(axis=0) for k in range(labels.max() + 1)])


if __name__ == "__main__":
    main()
