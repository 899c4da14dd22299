"""Autoencoders that are trained before any clustering, and handed from method to method."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from dkm import networks
from dkm._util import checks
from dkm.deep import training
from dkm.deep.base import DeepClusterer
from dkm.kmeans import KMeans
from dkm.networks.common import check_sizes

DESCRIBED = ("build", "check", "regularizer")  # what a description of an autoencoder has
# How far Adam must be able to move a weight: learning_rate times steps. After 100 steps of 0.001
# networks of 128-64 and of 500-500-2000 units missed half of the variance of 300 or of 1797 digits,
# where PCA misses a quarter, and K-Means found less on their codes than later; after 200 steps they
# missed a sixth to a third.
LEAST_WAY = 0.2
WORSE = 10  # times the squares of X is a loss that no training ends with, unless it diverges


@dataclass(frozen=True, eq=False)
class TrainedAutoencoder:
    """A trained autoencoder as plain arrays; it is copied wherever it is handed to.

    Attributes
    ----------
    network : dkm.networks.Dense or dkm.networks.Conv
    n_features, latent_dim : int
    weights : tuple of ndarray
        Of the encoder, then of the decoder.
    steps : int
        Optimiser steps that it was trained for.
    moments : tuple of ndarray
        Adam's two running means for each weight: training goes on as if it had not been
        interrupted.
    """

    network: object
    n_features: int
    latent_dim: int
    weights: tuple
    steps: int
    moments: tuple

    @classmethod
    def of(cls, model):
        """That of a model which has `encoder` and `decoder`."""
        weights = _halves(model)
        return cls(
            model.network,
            model.n_features,
            model.latent_dim,
            tuple(weight.numpy() for weight in weights),
            int(model.optimizer.iterations),
            tuple(moment.numpy() for moment in _moments(model)),
        )

    def copy_into(self, model):
        """Give the model's encoder, decoder and optimizer the values of this one."""
        for variable, value in zip(_halves(model), self.weights, strict=True):
            variable.assign(value)
        for variable, value in zip(_moments(model), self.moments, strict=True):
            variable.assign(value)
        model.optimizer.iterations.assign(self.steps)

    def __repr__(self):
        return (
            f"TrainedAutoencoder({self.network}, n_features={self.n_features}, "
            f"latent_dim={self.latent_dim}, steps={self.steps})"
        )


def _halves(model):
    return [*model.encoder.weights, *model.decoder.weights]


def _moments(model):
    """Adam's variables of encoder and decoder; before them comes its step."""
    return model.optimizer.variables[1 : 1 + 2 * len(_halves(model))]


class PretrainedClusterer(DeepClusterer):
    """A clusterer that starts from an autoencoder, which it trains or is given."""

    @property
    def autoencoder_(self):
        """A copy of the autoencoder as it is after the fit, to hand to other methods."""
        return TrainedAutoencoder.of(self.model_)

    def _check_parameters(self):
        if self.latent_dim is not None:
            checks.check_integer("latent_dim", self.latent_dim, at_least=1)
        checks.check_integer("pretrain_epochs", self.pretrain_epochs, at_least=0)
        checks.check_integer("batch_size", self.batch_size, at_least=1)
        checks.check_real("learning_rate", self.learning_rate, at_least=0)
        checks.check_choice("sampler", self.sampler, list(training.SAMPLERS))
        check_sizes("hidden", self.hidden)
        check_network(self.network)
        check_autoencoder(self.autoencoder, self.network)

    def _form(self, X):
        """What a model is made from: its network, sizes and dtype."""
        given = self.autoencoder
        if given is None:
            network = "dense" if self.network is None else self.network
            if isinstance(network, str):
                network = networks.named(network, self.hidden, X.shape[1])
            latent_dim = self.n_clusters if self.latent_dim is None else self.latent_dim
        else:
            network, latent_dim = given.network, given.latent_dim
            check_fits("n_features", given.n_features, "X has n_features", X.shape[1])
            if self.latent_dim is not None:
                check_fits("latent_dim", given.latent_dim, "latent_dim", self.latent_dim)
        network.check(X)
        return {
            "network": network,
            "n_features": X.shape[1],
            "latent_dim": int(latent_dim),
            "dtype": X.dtype.name,
        }

    def _with_autoencoder(self, model):
        training.with_adam(model, float(self.learning_rate))
        if self.autoencoder is not None:
            self.autoencoder.copy_into(model)
        return model

    def _pretrain_epochs(self):
        return self.pretrain_epochs if self.autoencoder is None else 0

    def _trainer(self, model, X, bar, between=None, after=None):
        batches = math.ceil(len(X) / self.batch_size)
        warn_of_few_steps(self._pretrain_epochs(), batches, self.learning_rate)
        how = {"batch_size": self.batch_size, "sampler": self.sampler}
        return training.trainer(model, X, bar=bar, between=between, after=after, **how)


def kmeans_centers(Z, n_clusters, rng):
    """Centres of K-Means among the codes, the best of ten starts, shape (k, p)."""
    with warnings.catch_warnings():  # of empty clusters: the fit looks at its own result
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(n_clusters, n_init=10, random_state=rng).fit(Z).cluster_centers_


def warn_of_few_steps(epochs, batches, learning_rate):
    """Warn if the autoencoder is to be trained, but not for long enough to restore rows."""
    steps = epochs * batches
    if 0 < steps * learning_rate < LEAST_WAY:
        needed = LEAST_WAY / learning_rate
        checks.warn(
            f"The autoencoder is trained for only {steps} steps (pretrain_epochs={epochs}, each of "
            f"{batches} batches) of learning_rate={learning_rate:g}. Before some {needed:.6g} of "
            "them most networks restore rows worse than PCA. Give "
            f"pretrain_epochs={np.ceil(needed / batches):.6g} or more, or a smaller batch_size.",
            ConvergenceWarning,
        )


def warn_of_divergence(model, X, losses, learning_rate):
    """Warn if the last loss of the autoencoder is far beyond that of zeros in place of X."""
    zeros = np.einsum("ij,ij->", X, X) / len(X)
    if len(losses) and losses[-1] > WORSE * (zeros + X.shape[1]) and not model.diverged:
        model.diverged = True
        checks.warn(
            f"The autoencoder's loss is {losses[-1]:.3g} in the last epoch, and zeros in place of "
            f"what it restores would give {zeros:.3g}: the training diverged. Lower "
            f"learning_rate={learning_rate:g}, or scale X to about -1 to 1.",
            ConvergenceWarning,
        )


def check_network(network):
    """Raise unless `network` is None, a name, or describes an autoencoder."""
    if isinstance(network, str):
        checks.check_choice("network", network, networks.NAMES)
    elif network is not None and (
        isinstance(network, type) or not all(hasattr(network, name) for name in DESCRIBED)
    ):
        raise TypeError(
            f"network={network!r} describes no autoencoder. Give networks.Dense(hidden=...), "
            f"networks.Conv(image_shape=...), or a name: {', '.join(networks.NAMES)}."
        )


def check_autoencoder(autoencoder, network):
    """Raise unless `autoencoder` is None, or a trained one and the only form that was given."""
    if autoencoder is None:
        return
    if network is not None:
        raise ValueError(
            "network and autoencoder were both given, and a trained autoencoder already has its "
            "form. Give one of them."
        )
    if not isinstance(autoencoder, TrainedAutoencoder):
        raise TypeError(
            f"autoencoder={autoencoder!r} is no trained autoencoder. Give clusterer.autoencoder_ "
            "of a fitted AutoencoderKMeans or another deep clusterer."
        )


def check_fits(what, given, other, wanted):
    """Raise unless a size of the handed-in autoencoder is the one that is wanted."""
    if given != wanted:
        raise ValueError(
            f"The autoencoder has {what}={given}, but {other}={wanted}. Hand in one that was "
            "trained for this, or none."
        )
