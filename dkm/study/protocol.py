"""The methods that are measured, and the protocol of the deep K-Means paper."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from dkm import datasets
from dkm.datasets import sources
from dkm.evaluation import metrics
from dkm.kmeans import KMeans
from dkm.study import cached_autoencoders
from dkm.study.machine import load, machine

SEEDS = (8905, 9129, 291, 4012, 1256)  # the first five of the paper's ten
DATASETS = ("mnist", "20news")
HIDDEN = (500, 500, 2000)
BATCH_SIZE = 256
PRETRAIN_EPOCHS, EPOCHS, ANNEALING_EPOCHS = 50, 100, 200
CLASSES = {"pretrained": "DeepKMeans", "dcn": "DCN", "dec": "DEC", "idec": "IDEC", "dekm": "DEKM"}
WEIGHTED = ("pretrained", "annealed", "dcn", "idec")  # kinds with a cluster weight
# The modules of dkm.deep that training an autoencoder depends on: those that `autoencoder` imports.
TRAINING = (
    "autoencoder",
    "_core",
    "_core.adam",
    "_core.base",
    "_core.diagnostics",
    "_core.shared_docs",
    "_core.keras_estimator",
    "_core.keras_models",
    "_core.pretraining",
    "_core.training",
)
SCORES = {"acc": metrics.accuracy, "nmi": metrics.nmi, "ari": metrics.ari}
BEFOREHAND, ON_LABELS = "beforehand", "by the paper on labels"


@dataclass(frozen=True)
class Method:
    """A method to measure.

    Attributes
    ----------
    kind : {"kmeans", "autoencoder", "pretrained", "annealed", "dcn", "dec", "idec", "dekm"}
        "pretrained" and "annealed" are variants of deep K-Means. All except "kmeans" and "annealed"
        start from the same autoencoder.
    batches : {"independent", "permutation", "repeated"} or None
        How batches are drawn. "independent": each batch is drawn afresh, as in the paper's code.
        "permutation": every epoch goes through all rows once, in a new order. "repeated": every
        epoch of the pretraining uses the same order, as a seeded `keras.Model.fit` on arrays does.
    weights : tuple of (str, float)
        Data set and the paper's lambda for it, if the paper chose it using labels. Otherwise the
        method's default is used.
    """

    kind: str
    batches: str | None = "independent"
    weights: tuple = ()


METHODS = {
    "kmeans": Method("kmeans", None),
    "ae_kmeans": Method("autoencoder"),
    "dkm_pretrained": Method("pretrained"),
    "dkm_annealed": Method("annealed"),
    "dkm_pretrained_tuned": Method("pretrained", weights=(("mnist", 1.0), ("20news", 0.1))),
    "dkm_annealed_tuned": Method("annealed", weights=(("mnist", 0.1), ("20news", 1e-4))),
    "dcn_pretrained": Method("dcn"),
    "dec": Method("dec"),
    "idec": Method("idec"),
    "dekm": Method("dekm"),
    "ae_kmeans_permutation": Method("autoencoder", "permutation"),
    "dkm_pretrained_permutation": Method("pretrained", "permutation"),
    "ae_kmeans_repeated": Method("autoencoder", "repeated"),
    "dkm_pretrained_repeated": Method("pretrained", "repeated"),
}


def measure(method, dataset, seed):
    """Fit one method.

    Parameters
    ----------
    method : str
        A key of `METHODS`.
    dataset : str
        See `dkm.datasets.names`.
    seed : int

    Returns
    -------
    row : dict
        The row for the table.
    labels : ndarray of int32, shape (n,)
    """
    how, data = METHODS[method], datasets.load(dataset)
    n_clusters = len(np.unique(data.y))
    trained, pretraining = None, 0.0
    if how.kind not in ("kmeans", "annealed"):
        trained, pretraining = pretrained(data, n_clusters, seed, how.batches)
    clusterer = clusterer_of(how, n_clusters, seed, dict(how.weights).get(dataset), trained)
    began = perf_counter()
    labels = clusterer.fit(data.X).labels_
    clustering = perf_counter() - began
    weighted = how.kind in WEIGHTED
    row = {
        "method": method,
        "dataset": dataset,
        "seed": seed,
        **scores(data.y, labels),
        "clusters": len(np.unique(labels)),
        "n_clusters": n_clusters,
        "largest_variance": largest_variance(clusterer, data.X) if how.kind != "kmeans" else "",
        "n": len(data.X),
        "d": data.X.shape[1],
        "batches": how.batches or "",
        "cluster_weight": round(float(clusterer.model_.cluster_weight), 6) if weighted else "",
        "weight_chosen": (ON_LABELS if how.weights else BEFOREHAND) if weighted else "",
        "seconds_pretraining": round(pretraining, 1),
        "seconds_clustering": round(clustering, 1),
        "load": load(),
        **machine(),
    }
    return row, labels


def scores(y, labels, ending=""):
    """All scores by name."""
    return {name + ending: round(score(y, labels), 5) for name, score in SCORES.items()}


def largest_variance(clusterer, X):
    """The variance of the codes along their first principal axis: their spread, the unit of alpha.

    Divided by n. A collapsed code has almost no variance.
    """
    Z = clusterer.transform(X).astype(float)
    return round(float(np.linalg.eigvalsh(np.cov(Z.T, bias=True))[-1]), 6)


def clusterer_of(how, n_clusters, seed, weight, trained):
    """The estimator, not yet fitted."""
    from dkm import deep

    if how.kind == "kmeans":
        return KMeans(n_clusters, random_state=seed)
    options = {"autoencoder": trained, "batch_size": BATCH_SIZE, "random_state": seed, "verbose": 1}
    if how.kind == "autoencoder":
        return deep.AutoencoderKMeans(n_clusters, **options)
    options["sampler"] = "permutation" if how.batches == "permutation" else "independent"
    if weight is not None:
        options["cluster_weight"] = weight
    if how.kind in CLASSES:
        kind = getattr(deep, CLASSES[how.kind])
        return getattr(kind, "published", kind)(n_clusters, epochs=EPOCHS, **options)
    return deep.DeepKMeans.published(
        n_clusters,
        hidden=HIDDEN,
        alpha=deep.annealing(),
        pretrain_epochs=0,
        epochs=ANNEALING_EPOCHS,
        **options,
    )


def pretrained(data, n_clusters, seed, batches):
    """The autoencoder of this seed, trained once for all methods, and its training time in seconds.

    It is stored in dkm's cache. The file name depends on the code that trained it.
    """
    what = (data.name, HIDDEN, n_clusters, BATCH_SIZE, PRETRAIN_EPOCHS, batches, seed, _sources())
    name = hashlib.sha256(repr(what).encode()).hexdigest()[:16]
    path = sources.cache() / "study" / f"{data.name}-{batches}-{seed}-{name}.safetensors"
    try:
        return cached_autoencoders.read(path)
    except ValueError:
        pass
    began = perf_counter()
    train = train_by_keras if batches == "repeated" else train_autoencoder
    trained = train(data.X, n_clusters, seed, batches)
    seconds = perf_counter() - began
    cached_autoencoders.write(path, trained, seconds)
    return trained, seconds


def train_autoencoder(X, n_clusters, seed, batches, output="linear"):
    """Train with this package, with batches drawn from its own generator."""
    from dkm.deep import AutoencoderKMeans
    from dkm.networks import Dense

    clusterer = AutoencoderKMeans(
        n_clusters,
        network=Dense(HIDDEN, output),
        pretrain_epochs=PRETRAIN_EPOCHS,
        batch_size=BATCH_SIZE,
        sampler=batches,
        random_state=seed,
        verbose=1,
    )
    return clusterer.fit(X).autoencoder_


def train_by_keras(X, n_clusters, seed, batches):
    """Train with a seeded `keras.Model.fit` on an array: every epoch has the same batches."""
    import keras

    from dkm.deep._core import training
    from dkm.deep._core.keras_models import AutoencoderModel
    from dkm.deep._core.pretraining import TrainedAutoencoder
    from dkm.networks import Dense

    X = X.astype(np.float32)  # the only dtype that fit accepts
    keras.utils.set_random_seed(seed)
    model = AutoencoderModel(
        Dense(HIDDEN), X.shape[1], n_clusters, "float32", rng=np.random.default_rng(seed)
    )
    training.with_adam(model)
    model.fit(X, epochs=PRETRAIN_EPOCHS, batch_size=BATCH_SIZE, verbose=2)
    return TrainedAutoencoder.of(model)


def _sources():
    """Hash of the code that trains autoencoders."""
    here = Path(__file__).parents[1]
    files = sorted((here / "networks").glob("*.py"))
    names = [name if name != "_core" else "_core.__init__" for name in TRAINING]
    files += [here.joinpath("deep", *name.split(".")).with_suffix(".py") for name in names]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
