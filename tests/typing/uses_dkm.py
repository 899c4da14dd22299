"""What a type checker is shown: the public names as users import them, with their types.

It is not run. A line with ``type: ignore`` must be an error, or the checker complains of it: so it
is seen that names and types are checked at all, and not taken for ``Any``.
"""

from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import dkm
from dkm import (
    DCN,
    DEC,
    DEKM,
    GAN,
    IDEC,
    AutoencoderKMeans,
    ClusterGAN,
    DeepKMeans,
    InfoGAN,
    KMeans,
    MiniBatchKMeans,
    VaDE,
    claim,
    datasets,
    deep,
    metrics,
    plots,
    record,
)

digits = datasets.load("digits")
assert_type(digits, datasets.Dataset)
assert_type(digits.X, np.ndarray)
assert_type(datasets.names(), dict[str, str])
datasets.load(3)  # type: ignore[arg-type]

kmeans = KMeans(n_clusters=10, random_state=0).fit(digits.X)
assert_type(kmeans, KMeans)
assert_type(kmeans.predict(digits.X), NDArray[np.int32])
assert_type(kmeans.transform(digits.X), NDArray[np.floating])
assert_type(kmeans.score(digits.X), float)
assert_type(MiniBatchKMeans(batch_size=256).partial_fit(digits.X), MiniBatchKMeans)
KMeans(n_cluster=10)  # type: ignore[call-arg]
MiniBatchKMeans(batch_size="all")  # type: ignore[arg-type]

assert_type(metrics.accuracy([0, 1], kmeans.predict(digits.X)), float)
assert_type(metrics.evaluate(digits.X, [0, 1]), dict[str, float])
metrics.accuracies  # type: ignore[attr-defined]

claim("Ten clusters were found", lambda: True, measured="10")
claim("Ten clusters were found", 10, "==", 10, refutes="an article")
claim("It was measured", True, measured=10)  # type: ignore[arg-type]
record("accuracy", 0.8, spread=0.01, seeds=[0, 1])
record("accuracy", "high")  # type: ignore[arg-type]

clusterer = DeepKMeans(n_clusters=10, alpha=[0.1, 1, 10]).fit(digits.X, callback=lambda c: c.epoch)
assert_type(clusterer, DeepKMeans)
assert_type(clusterer.predict(digits.X), NDArray[np.int32])
assert_type(clusterer.decode(clusterer.transform(digits.X)), NDArray[np.floating])
assert_type(clusterer.autoencoder_, deep.TrainedAutoencoder)
assert_type(VaDE(10).fit(digits.X).sample(3, cluster=1), NDArray[np.floating])
assert_type(GAN("standard").fit(digits.X), GAN)
DeepKMeans(alpha="soft")  # type: ignore[arg-type]
DeepKMeans().fit(digits.X, callback=3)  # type: ignore[arg-type]
methods = [AutoencoderKMeans, DCN, DEC, DEKM, IDEC, VaDE, ClusterGAN, InfoGAN, GAN]
dkm.DeepKMean  # type: ignore[attr-defined]
deep.save(Path("model.safetensors"), DeepKMeans(n_clusters=10))
deep.save(DeepKMeans(n_clusters=10))  # type: ignore[call-arg]
deep.anneal  # type: ignore[attr-defined]
plots.shown  # type: ignore[attr-defined]
annealing, show = deep.annealing, plots.show
dkm.models.save("kmeans.safetensors", kmeans)
assert_type(dkm.models.load("kmeans.safetensors"), dkm.models.Model)
assert_type(dkm.__version__, str)
