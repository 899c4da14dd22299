"""The first forty steps of Deep K-Means on MNIST's test images, as published and by default.

    python -m benchmarks.deep_first_steps [--seed 0]

From one autoencoder, that of `benchmarks.deep_safety`. After some steps: the total variance of the
codes and of the centres, the share of rows whose cluster is no longer that of the start, the size
of the largest cluster, the accuracy of the labels, and that of K-Means fitted to the same codes.
Labels serve for the accuracies and for nothing else.
"""

import argparse

import numpy as np
import tensorflow as tf

from benchmarks.deep_safety import autoencoder, data
from benchmarks.results import write_rows

TABLE = "deep_first_steps.csv"
LOOKS = (0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40)
BATCH_SIZE = 256
DATASET, K = "mnist_test", 10


def main():
    """Measure both losses, and write the table."""
    from dkm import DeepKMeans
    from dkm.study.machine import machine

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    X, y = data(DATASET)
    options = {"autoencoder": autoencoder(DATASET, seed, X, K), "random_state": seed, "epochs": 0}
    order = np.random.default_rng(seed).permutation(len(X))
    rows = []
    for loss, kind in (("published", DeepKMeans.published), ("default", DeepKMeans)):
        fitted = kind(K, **options).fit(X)
        model, first = fitted.model_, fitted.labels_
        for step in range(LOOKS[-1] + 1):
            if step in LOOKS:
                about = {"dataset": DATASET, "seed": seed, "loss": loss, "step": step}
                rows.append(about | look(model, X, y, first) | machine())
            batch = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
            model.train_step((tf.constant(X[batch]), tf.constant(batch)))
    write_rows(TABLE, rows)


def look(model, X, y, first):
    """What there is to see of a model."""
    from dkm import KMeans, metrics
    from dkm.deep._core.base import encode, nearest

    Z, centers = encode(model, X), model.centers.numpy()
    labels = nearest(Z, centers)
    again = KMeans(K, n_init=10, random_state=0).fit(Z).labels_
    return {
        "code_variance": round(float(Z.var(axis=0).sum()), 4),
        "center_variance": round(float(centers.var(axis=0).sum()), 4),
        "changed": round(float(np.mean(labels != first)), 5),
        "largest": int(np.bincount(labels).max()),
        "clusters": len(np.unique(labels)),
        "acc": round(metrics.accuracy(y, labels), 5),
        "acc_kmeans": round(metrics.accuracy(y, again), 5),
    }


if __name__ == "__main__":
    main()
