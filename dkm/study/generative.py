"""VaDE and ClusterGAN at full size: how good they are after each part of their training.

    python -m dkm.study.generative --method vade --dataset mnist --seed 8905

Trained on the first six sevenths of the rows (of MNIST: the 60 000 training images), and looked at
after every few epochs: scores of all rows, and of those that were held out. What starts from an
autoencoder is looked at before, too: the row of epoch 0. When a run is through
it adds its rows to reports/results/generative.csv, and the last of them to study.csv; what is there
is not measured again. Read in notebooks 10 and 11.

`RUNS` was fixed beforehand, but for `vade_bernoulli`, the paper's likelihood, which was added after
the scores of `vade` from one seed had been seen: networks and learning rates as elsewhere in the
study or as the class has them, epochs by what half an hour on two cores takes. Labels are looked at
for scores alone.
"""

import argparse
import sys
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from dkm import datasets, deep
from dkm.study.__main__ import alone
from dkm.study.machine import load, machine
from dkm.study.protocol import BATCH_SIZE, SEEDS, largest_variance, scores, train_autoencoder
from dkm.study.table import add, add_rows, read, results_folder

TABLE = "generative.csv"
HELD_OUT = 7  # one row of so many
WITHOUT_LABELS = ("loss", "distance", "code_accuracy")  # of history_, where a method has it


@dataclass(frozen=True)
class Run:
    """How a method is trained.

    Attributes
    ----------
    kind : str
        Its class in `dkm.deep`.
    epochs, every : int
        How many there are, and after how many of them each it is looked at.
    options : dict
        What else it is given.
    output : str or None
        If it starts from an autoencoder, trained as elsewhere in the study: what that one ends
        with, see `dkm.networks.Dense`.
    """

    kind: str
    epochs: int
    every: int
    options: dict
    output: str | None = None


PAPER = {"batch_size": BATCH_SIZE, "likelihood": "bernoulli"}  # VaDE's, for MNIST
RUNS = {
    "vade": Run("VaDE", 200, 10, {"batch_size": BATCH_SIZE}, output="linear"),
    "vade_bernoulli": Run("VaDE", 200, 10, PAPER, output="sigmoid"),
    "cluster_gan": Run("ClusterGAN", 150, 5, {"hidden": (512, 256)}),
}


def measure(method, dataset, seed):
    """Train one method once.

    Parameters
    ----------
    method : str
        A key of `RUNS`.
    dataset : str
        See `dkm.datasets.names`.
    seed : int

    Returns
    -------
    curve : list of dict
        A row for each time that it was looked at.
    row : dict
        What study.csv says of the end.
    labels : ndarray of int32, shape (n,)
    """
    run, data = RUNS[method], datasets.load(dataset)
    n_seen = len(data.X) - len(data.X) // HELD_OUT
    X, n_clusters = data.X[:n_seen], len(np.unique(data.y))
    began = perf_counter()
    options = run.options | {"epochs": run.epochs, "random_state": seed, "verbose": 1}
    if run.output:
        options["autoencoder"] = train_autoencoder(X, n_clusters, seed, "permutation", run.output)
    pretraining = perf_counter() - began
    looks = []

    def look(checkpoint, seconds):
        labels, logs = checkpoint.estimator.predict(data.X), checkpoint.logs
        unlabelled = {name: round(logs[name], 5) for name in WITHOUT_LABELS if name in logs}
        found = scores(data.y, labels) | scores(data.y[n_seen:], labels[n_seen:], "_unseen")
        counts = {"clusters": len(np.unique(labels)), "n_clusters": n_clusters}
        when = {"epoch": checkpoint.epoch, "seconds": round(pretraining + seconds, 2)}
        looks.append(when | found | counts | dict.fromkeys(WITHOUT_LABELS, "") | unlabelled)

    clusterer = getattr(deep, run.kind)(n_clusters, **options)
    clusterer.fit(X, callback=Watch(run.every, look, first=bool(run.output)))
    if not looks or looks[-1]["epoch"] < run.epochs:
        raise RuntimeError(
            f"The training of {method} ended before epoch {run.epochs}, as its warning says; no "
            "row is added. Change its learning rate in RUNS."
        )
    labels = clusterer.predict(data.X)
    about = {"method": method, "dataset": dataset, "seed": seed}
    on = {"n": n_seen, "d": X.shape[1], "load": load(), **machine()}
    row = {
        **about,
        **scores(data.y, labels),
        "clusters": len(np.unique(labels)),
        "n_clusters": n_clusters,
        "largest_variance": largest_variance(clusterer, data.X),
        "n": n_seen,
        "d": X.shape[1],
        "batches": "permutation",
        "cluster_weight": "",
        "weight_chosen": "",
        "seconds_pretraining": round(pretraining, 1),
        "seconds_clustering": round(looks[-1]["seconds"] - pretraining, 1),
        **on,
    }
    return [about | look | on for look in looks], row, labels


class Watch:
    """A callback that looks at a training every few epochs, and counts its seconds without that.

    Parameters
    ----------
    every : int
        Epochs from one look to the next; the last epoch is looked at, too.
    look : callable
        Called with the `dkm.deep.Checkpoint` and the seconds of training so far.
    first : bool
        Whether to look before the first epoch: at clusters that started from an autoencoder.
    """

    def __init__(self, every, look, first):
        self.every, self.look, self.first = every, look, first
        self.seconds, self.began = 0.0, None

    def __call__(self, checkpoint):
        """Look, if it is time."""
        if checkpoint.epoch:
            self.seconds += perf_counter() - self.began
        due = checkpoint.epoch % self.every == 0 or checkpoint.epoch == checkpoint.n_epochs
        if due and (checkpoint.epoch or self.first):
            self.look(checkpoint, self.seconds)
        self.began = perf_counter()


def main(arguments=None):
    """Measure what is asked for and not yet there."""
    parser = argparse.ArgumentParser(
        prog="python -m dkm.study.generative", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--method", required=True, choices=RUNS)
    parser.add_argument("--dataset", default="mnist", choices=list(datasets.names()))
    parser.add_argument("--seed", required=True, type=int, help=f"such as {SEEDS[:3]}")
    asked = parser.parse_args(arguments)
    folder = results_folder()
    with alone(folder):
        if (asked.method, asked.dataset, asked.seed) in read(folder):
            print("It is there.")
            return 0
        curve, row, labels = measure(asked.method, asked.dataset, asked.seed)
        add_rows(folder / TABLE, ("method", "dataset", "seed", "epoch"), curve)
        add(folder, row, labels)
    print(", ".join(f"{name} {row[name]}" for name in ("method", "dataset", "seed", "acc", "nmi")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
