"""VaDE and ClusterGAN at full size: how good they are at each stage of training.

    python -m dkm.study.generative --method vade --dataset mnist --seed 8905

The models are trained on the first six sevenths of the rows (for MNIST, the 60 000 training images)
and evaluated every few epochs, on all rows and on the held-out rows. A method that starts from an
autoencoder is also evaluated before training: the row of epoch 0. When a run is complete, its rows
are added to reports/results/generative.csv and its last row to study.csv. Existing rows are not
measured again. The tables are used in notebooks 10 and 11.

`RUNS` was fixed in advance, except for `vade_bernoulli`, the paper's likelihood, which was added
after the scores of `vade` with one seed had been seen. Networks and learning rates are those used
elsewhere in the study or the defaults of the class; the number of epochs is what fits into half an
hour on two cores. Labels are used for scores only.
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
HELD_OUT = 7  # one row in this many is held out
WITHOUT_LABELS = ("loss", "distance", "code_accuracy")  # keys of history_, if the method has them


@dataclass(frozen=True)
class Run:
    """How a method is trained.

    Attributes
    ----------
    kind : str
        Its class in `dkm.deep`.
    epochs, every : int
        Number of epochs, and number of epochs between evaluations.
    options : dict
        Other arguments of the class.
    output : str or None
        For a method that starts from an autoencoder (trained as elsewhere in the study): the output
        layer of the autoencoder, see `dkm.networks.Dense`.
    """

    kind: str
    epochs: int
    every: int
    options: dict
    output: str | None = None


PAPER = {"batch_size": BATCH_SIZE, "likelihood": "bernoulli"}  # the VaDE paper's choice for MNIST
RUNS = {
    "vade": Run("VaDE", 200, 10, {"batch_size": BATCH_SIZE}, output="linear"),
    "vade_bernoulli": Run("VaDE", 200, 10, PAPER, output="sigmoid"),
    "cluster_gan": Run("ClusterGAN", 150, 5, {"hidden": (512, 256)}),
}


def measure(method, dataset, seed):
    """Train one method and evaluate it along the way.

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
        One row per evaluation.
    row : dict
        The row for study.csv: the final result.
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
            f"The training of {method} ended before epoch {run.epochs}, as its warning says. No "
            "row was added. Change its learning rate in RUNS."
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
    """A callback that evaluates every few epochs and does not count that as training time.

    Parameters
    ----------
    every : int
        Epochs between evaluations. The last epoch is always evaluated.
    look : callable
        Called with the `dkm.deep.Checkpoint` and the training time so far in seconds.
    first : bool
        Whether to evaluate before the first epoch, for clusters that come from an autoencoder.
    """

    def __init__(self, every, look, first):
        self.every, self.look, self.first = every, look, first
        self.seconds, self.began = 0.0, None

    def __call__(self, checkpoint):
        """Evaluate, if an evaluation is due."""
        if checkpoint.epoch:
            self.seconds += perf_counter() - self.began
        due = checkpoint.epoch % self.every == 0 or checkpoint.epoch == checkpoint.n_epochs
        if due and (checkpoint.epoch or self.first):
            self.look(checkpoint, self.seconds)
        self.began = perf_counter()


def main(arguments=None):
    """Measure the requested row, unless the table already has it."""
    parser = argparse.ArgumentParser(
        prog="python -m dkm.study.generative", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--method", required=True, choices=RUNS)
    parser.add_argument("--dataset", default="mnist", choices=list(datasets.names()))
    parser.add_argument("--seed", required=True, type=int, help=f"such as {SEEDS[:3]}")
    args = parser.parse_args(arguments)
    folder = results_folder()
    with alone(folder):
        if (args.method, args.dataset, args.seed) in read(folder):
            print("This row already exists.")
            return 0
        curve, row, labels = measure(args.method, args.dataset, args.seed)
        add_rows(folder / TABLE, ("method", "dataset", "seed", "epoch"), curve)
        add(folder, row, labels)
    print(", ".join(f"{name} {row[name]}" for name in ("method", "dataset", "seed", "acc", "nmi")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
