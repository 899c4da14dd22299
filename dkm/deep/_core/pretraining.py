"""Pretrained autoencoders as plain arrays, and the centres that start among their codes."""

import warnings
from dataclasses import dataclass

from sklearn.exceptions import ConvergenceWarning

from dkm import networks
from dkm._util import checks
from dkm.kmeans import KMeans

Network = str | networks.Dense | networks.Conv | None  # what the parameter `network` may be
NEEDED = ("build", "check", "regularizer")  # what a description of an autoencoder must have


@dataclass(frozen=True, eq=False)
class TrainedAutoencoder:
    """A trained autoencoder as plain arrays; methods copy it and leave it as it is.

    Attributes
    ----------
    network : dkm.networks.Dense or dkm.networks.Conv
    n_features, latent_dim : int
    weights : tuple of ndarray
        Of the encoder, then of the decoder.
    steps : int
        Optimizer steps that it was trained for.
    moments : tuple of ndarray
        Adam's two moments for each weight, so that training continues as if uninterrupted.
    """

    network: object
    n_features: int
    latent_dim: int
    weights: tuple
    steps: int
    moments: tuple

    @classmethod
    def of(cls, model):
        """Copy that of a model which has `encoder` and `decoder`."""
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
    """Adam's moments of encoder and decoder; the first variable is its step count."""
    return model.optimizer.variables[1 : 1 + 2 * len(_halves(model))]


def kmeans_centers(Z, n_clusters, rng):
    """Centres of K-Means on the codes, the best of ten starts, shape (k, p)."""
    with warnings.catch_warnings():  # of empty clusters: `fit` checks its own result
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(n_clusters, n_init=10, random_state=rng).fit(Z).cluster_centers_


def check_network(network):
    """Raise unless `network` is None, a name, or describes an autoencoder."""
    if isinstance(network, str):
        checks.check_choice("network", network, networks.NAMES)
    elif network is not None and (
        isinstance(network, type) or not all(hasattr(network, name) for name in NEEDED)
    ):
        raise TypeError(
            f"network={network!r} does not describe an autoencoder. Give networks.Dense("
            f"hidden=...), networks.Conv(image_shape=...), or a name: {', '.join(networks.NAMES)}."
        )


def check_autoencoder(autoencoder, network):
    """Raise unless `autoencoder` is None, or a trained one and `network` is None."""
    if autoencoder is None:
        return
    if network is not None:
        raise ValueError(
            "network and autoencoder were both given, but a trained autoencoder already has its "
            "architecture. Give one of them."
        )
    if not isinstance(autoencoder, TrainedAutoencoder):
        raise TypeError(
            f"autoencoder={autoencoder!r} is not a trained autoencoder. Give "
            "clusterer.autoencoder_ of a fitted AutoencoderKMeans or another deep clusterer."
        )


def check_fits(what, given, other, wanted):
    """Raise unless the given autoencoder has the required size."""
    if given != wanted:
        raise ValueError(
            f"The autoencoder has {what}={given}, but {other}={wanted}. Give one that was trained "
            "for this, or none."
        )
