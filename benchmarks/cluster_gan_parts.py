"""What each part of ClusterGAN is worth on the digits: games with a part changed, and InfoGAN.

    python -m benchmarks.cluster_gan_parts [--seeds 10]

The games are as short as those of notebook 10, six seconds each; a row that is there is not
measured again. Labels serve for NMI and accuracy and for nothing else. Each game is judged twice:
by the cluster of the largest probability, and by K-Means on all that the encoder says.
"""

import argparse
import warnings
from time import perf_counter

import numpy as np

from benchmarks.results import read_rows, write_rows

TABLE = "cluster_gan_parts.csv"
NETWORK = {"hidden": (128,), "batch_size": 128, "noise_dim": 10, "epochs": 80}
CLUSTER_GAN = {"n_critic": 2, "learning_rate": 0.002}
CHANGES = {
    "all parts": {},
    "no error of the code": {"beta_c": 0.0},
    "no error of the noise": {"beta_n": 0.0},
    "wide noise": {"sigma": 1.0},
    "no code": {"n_clusters": 1, "sigma": 1.0},
    "no code, untrained": {"n_clusters": 1, "sigma": 1.0, "epochs": 0},
    "InfoGAN": {"learning_rate": 0.001},
}
K = 10


def main():
    """Measure what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", type=int, default=10, help="seeds 0, 1, ... (default: %(default)s)"
    )
    for seed in range(parser.parse_args().seeds):
        for game in CHANGES:
            if (game, str(seed)) not in {(row["game"], row["seed"]) for row in read_rows(TABLE)}:
                write_rows(TABLE, [*read_rows(TABLE), measured(game, seed)])


def measured(game, seed):
    """A row: what one game from one seed is worth."""
    from dkm import ClusterGAN, InfoGAN, KMeans, datasets, metrics
    from dkm.study.machine import machine

    digits = datasets.load("digits")
    X, y = digits.X.astype(float), digits.y
    of_method = {} if game == "InfoGAN" else CLUSTER_GAN
    options = {"n_clusters": K, **NETWORK, **of_method, **CHANGES[game]}
    began = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # clusters stay empty where nobody recovers the code
        kind = InfoGAN if game == "InfoGAN" else ClusterGAN
        fitted = kind(**options, random_state=seed).fit(X)
    seconds = perf_counter() - began
    last = {name: values[-1] for name, values in fitted.history_.items() if len(values)}
    again = KMeans(K, random_state=seed).fit(fitted.transform(X)).labels_
    generated = fitted.sample(1000, random_state=seed)
    figures = {
        "nmi": metrics.nmi(y, fitted.labels_),
        "acc": metrics.accuracy(y, fitted.labels_),
        "nmi_kmeans": metrics.nmi(y, again),
        "acc_kmeans": metrics.accuracy(y, again),
        "recovered": last.get("code_accuracy", np.nan),
        "information": last.get("information", np.nan),
        "distance": last.get("distance", np.nan),
        "sure_real": fitted.predict_proba(X).max(axis=1).mean(),
        "sure_generated": fitted.predict_proba(generated).max(axis=1).mean(),
    }
    rounded = {name: round(float(value), 5) for name, value in figures.items()}
    about = {"dataset": "digits", "seed": seed, "game": game}
    return about | rounded | {"seconds": round(seconds, 1)} | machine()


if __name__ == "__main__":
    main()
