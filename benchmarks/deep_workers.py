"""Worker processes of `benchmarks.deep_speed`, which run the same training in each library.

    PYTHON -m benchmarks.deep_workers LIBRARY points.npy     # trains on request
    PYTHON -m benchmarks.deep_workers LIBRARY                # one quick fit on digits

A worker first reports its package versions. It then reads lines such as
``{"phase": "clustering", "epochs": 3}``, trains, and replies to each with the time taken. In
between it sleeps. What is called is the loop over epochs that a fit of the library runs; for
ClustPy, that of version 0.0.3.
"""

import json
import os
import platform
import sys
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from math import ceil

import numpy as np

from benchmarks.timing import time_epochs, timestamp

HIDDEN, N_CLUSTERS, BATCH_SIZE = (500, 500, 2000), 10, 256
LEARNING_RATE, CLUSTER_WEIGHT, ALPHA = 0.001, 1.0, 1000.0
NOISE_VARIANCE = 0.5  # initial value of VaDE; gives the squared error weight 1, as in ClustPy
UPDATE_INTERVAL = 140  # training steps between updates of the target in DEC and IDEC
SIDE = 2048  # side of the square matrices that show the attainable speed of a product
QUICK_HIDDEN, QUICK_EPOCHS = (64,), (50, 100)  # pretraining, clustering


def layers(d):
    """Layer sizes from the rows of X to their reconstructions."""
    return (d, *HIDDEN, N_CLUSTERS, *reversed(HIDDEN), d)


def flops(n, d):
    r"""Floating-point operations per epoch: :math:`3 \cdot 2n \sum_l a_l b_l`.

    In the forward pass, a layer with a inputs and b outputs multiplies (n, a) by (a, b). The
    backward pass takes two products of that size, for the gradients of the weights and of the
    inputs. The first layer does not need the latter, but it is included by convention (here 4 % of
    the total). Biases, activations, losses and Adam are not included.
    """
    return 6 * n * sum(a * b for a, b in pairwise(layers(d)))


def dkm(X):
    """The phases of dkm, each a function that trains for some epochs."""
    from dkm import DCN, DEC, IDEC, AutoencoderKMeans, DeepKMeans, VaDE
    from dkm.deep._core import training

    rng, clock = np.random.default_rng(0), Clock()
    how = {"batch_size": BATCH_SIZE, "sampler": "permutation"}

    def build(method):
        return method(N_CLUSTERS, hidden=HIDDEN, learning_rate=LEARNING_RATE)._build(X, rng)

    autoencoder, model = build(AutoencoderKMeans), build(DeepKMeans)
    train_autoencoder = training.trainer(autoencoder, X, **how)
    train_both = training.trainer(model, X, **how)
    model.start_clustering(first_centers(X), CLUSTER_WEIGHT, (ALPHA,), 1)

    def run(train, epochs):
        if len(train(epochs, rng, clock)) < epochs:
            raise RuntimeError("The loss is no longer finite, so the timing is meaningless.")
        return clock.now

    def with_weight(weight):
        def run_both(epochs):
            model.cluster_weight.assign(weight)
            return run(train_both, epochs)

        return run_both

    others = {
        "dcn": dcn(build(DCN), X, how),
        "dec": with_target(build(DEC), X, how),
        "idec": with_target(build(IDEC), X, how),
        "vade": vade(build(VaDE), X, how),
    }
    return {
        "autoencoder": partial(run, train_autoencoder),
        "pretraining": with_weight(0),
        "clustering": with_weight(CLUSTER_WEIGHT),
        **{phase: partial(run, train) for phase, train in others.items()},
    }


def dcn(model, X, how):
    """Return a function that trains DCN for some epochs."""
    from dkm.deep._core import training

    train = training.trainer(model, X, **how)
    model.start_clustering(first_centers(X), CLUSTER_WEIGHT, first_labels(X))
    return train


def vade(model, X, how):
    """Return a function that trains VaDE for some epochs."""
    from dkm.deep._core import training

    train = training.trainer(model, X, **how)
    model.start_clustering(*first_mixture(X), NOISE_VARIANCE)
    return train


def with_target(model, X, how):
    """Return a function that trains DEC or IDEC for some epochs, including target updates."""
    from dkm.deep._core import training
    from dkm.deep._core.settling import Settling

    looks = Settling(model, lambda: model.renew(X), UPDATE_INTERVAL, tol=0)
    train = training.trainer(model, X, between=looks, **how)
    model.start_clustering(first_centers(X), CLUSTER_WEIGHT)
    return train


class Clock:
    """Called after each epoch; stores the time at which the last one ended.

    This excludes the work that a fit does once after its last epoch.
    """

    def __call__(self, epoch, logs):
        """Store the time."""
        self.now = timestamp()


def clustpy(X):
    """The phases of ClustPy, each a function that trains for some epochs."""
    import torch
    from clustpy.deep._data_utils import get_dataloader
    from clustpy.deep._utils import mean_squared_error
    from clustpy.deep.dcn import _DCN_Module
    from clustpy.deep.dec import _DEC_Module
    from clustpy.deep.dkm import _DKM_Module
    from clustpy.deep.vade import _VaDE_Module

    batches, cpu = get_dataloader(X, BATCH_SIZE), torch.device("cpu")
    pretrained = clustpy_network(X.shape[1], HIDDEN)

    def pretrain(epochs):
        pretrained.fit(epochs, {"lr": LEARNING_RATE}, dataloader=batches)

    def clustering(module, autoencoder_weight=1, all_batches=(), build=clustpy_network):
        network = build(X.shape[1], HIDDEN)
        trained = [*network.parameters(), *module.parameters()]
        adam = torch.optim.Adam(trained, lr=LEARNING_RATE)
        how = adam, mean_squared_error, CLUSTER_WEIGHT, autoencoder_weight

        def cluster(epochs):
            module.fit(network, batches, *all_batches, epochs, cpu, *how)

        return cluster

    return {
        "pretraining": pretrain,
        "clustering": clustering(_DKM_Module(first_centers(X), (ALPHA,))),
        "dcn": clustering(_DCN_Module(first_labels(X), first_centers(X)), 1, (batches,)),
        "dec": clustering(_DEC_Module(first_centers(X), 1.0), 0),
        "idec": clustering(_DEC_Module(first_centers(X), 1.0)),
        "vade": clustering(
            _VaDE_Module(N_CLUSTERS, N_CLUSTERS, *first_mixture(X)),
            1,
            (batches,),
            clustpy_variational_network,
        ),
    }


def numpy(X):
    """Matrix products only, with about as many operations as an epoch."""
    n, d = X.shape
    rng = np.random.default_rng(0)

    def random(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    square, other, result = (random(SIDE, SIDE) for _ in range(3))
    products = []  # of one training step: forward, weight gradients, input gradients
    for a, b in pairwise(layers(d)):
        x, w, y = random(BATCH_SIZE, a), random(a, b), random(BATCH_SIZE, b)
        products += [(x, w, y), (x.T, y, w), (y, w.T, x)]
    outputs = [np.empty_like(c) for _, _, c in products]

    def multiply_squares(epochs):
        for _ in range(epochs * squares_of_epoch(n, d)):
            np.matmul(square, other, out=result)

    def multiply_as_layers(epochs):
        for _ in range(epochs * ceil(n / BATCH_SIZE)):
            for (left, right, _), output in zip(products, outputs, strict=True):
                np.matmul(left, right, out=output)

    return {"sgemm": multiply_squares, "sgemm_layers": multiply_as_layers}


def squares_of_epoch(n, d):
    """Number of square matrix products with about as many operations as an epoch."""
    return max(1, round(flops(n, d) / (2 * SIDE**3)))


def flops_of(phase, n, d):
    """Floating-point operations per epoch of a phase."""
    if phase == "sgemm":
        return squares_of_epoch(n, d) * 2 * SIDE**3
    if phase == "sgemm_layers":
        return flops(ceil(n / BATCH_SIZE) * BATCH_SIZE, d)
    # VaDE has an additional layer for the variance of the code.
    extra = 6 * n * HIDDEN[-1] * N_CLUSTERS if phase == "vade" else 0
    return round(flops(n, d) * RELATIVE_FLOPS.get(phase, 1)) + extra


def first_centers(X):
    """Initial centres, uniform on [-1, 1]; the same for both libraries."""
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (N_CLUSTERS, N_CLUSTERS)).astype(X.dtype)


def first_mixture(X):
    """Initial weights, centres and variances; the same for both libraries."""
    weights, centers = np.full(N_CLUSTERS, 1 / N_CLUSTERS, X.dtype), first_centers(X)
    return weights, centers, np.ones_like(centers)


def first_labels(X):
    """Initial labels; the same for both libraries."""
    return np.random.default_rng(1).integers(N_CLUSTERS, size=len(X), dtype=np.int32)


def clustpy_network(d, hidden):
    """ClustPy's autoencoder with the same architecture as ours (its default is LeakyReLU)."""
    import torch
    from clustpy.deep.neural_networks import FeedforwardAutoencoder

    sizes = [d, *hidden, N_CLUSTERS]
    return FeedforwardAutoencoder(sizes, activation_fn=torch.nn.ReLU, random_state=0)


def clustpy_variational_network(d, hidden):
    """The same with an additional layer for the variance, marked as already pretrained."""
    import torch
    from clustpy.deep.vade import _VaDE_VAE

    sizes, how = [d, *hidden, N_CLUSTERS], {"activation_fn": torch.nn.ReLU, "random_state": 0}
    network = _VaDE_VAE(sizes, decoder_output_fn=None, **how)
    network.fitted = True
    return network


def quick_dkm():
    """A fit as in the lessons, from import to labels; the digits are float64."""
    from dkm import DeepKMeans, datasets

    X = datasets.load("digits").X
    pretrain_epochs, epochs = QUICK_EPOCHS
    DeepKMeans(
        N_CLUSTERS,
        hidden=QUICK_HIDDEN,
        pretrain_epochs=pretrain_epochs,
        epochs=epochs,
        random_state=0,
    ).fit(X)


def quick_clustpy():
    """The same with ClustPy, which converts the digits to float32."""
    from clustpy.deep import DKM
    from sklearn.datasets import load_digits

    X = load_digits().data / 16
    pretrain_epochs, epochs = QUICK_EPOCHS
    DKM(
        N_CLUSTERS,
        neural_network=clustpy_network(X.shape[1], QUICK_HIDDEN),
        pretrain_epochs=pretrain_epochs,
        clustering_epochs=epochs,
        random_state=0,
    ).fit(X)


# Relative to an epoch of the autoencoder: DCN encodes all rows again, DEC has no decoder.
RELATIVE_FLOPS = {"dcn": 7 / 6, "dec": 1 / 2}
PHASES = {"dkm": dkm, "clustpy": clustpy, "numpy": numpy}
QUICK_FITS = {"dkm": quick_dkm, "clustpy": quick_clustpy}
PACKAGES = {
    "dkm": ("tensorflow", "tensorflow-cpu", "keras"),
    "clustpy": ("clustpy", "torch"),
    "numpy": (),
}


def versions(library):
    """The versions of Python and of the packages that the library uses, as text."""
    found = [f"Python {platform.python_version()}", f"numpy {np.__version__}"]
    for name in PACKAGES[library]:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue  # TensorFlow has two names
    return ", ".join(found)


def main():
    library, *points = sys.argv[1:]
    if not points:
        QUICK_FITS[library]()
        return
    # Keep stdout for replies and redirect anything that a library prints to stderr.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    phases = PHASES[library](np.load(points[0]))
    print(json.dumps({"versions": versions(library)}), file=replies)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(time_epochs(phases[request["phase"]], request["epochs"])), file=replies)


if __name__ == "__main__":
    main()
