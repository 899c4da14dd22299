"""The scikit-learn contract around a Keras model, and the schedule: pretrain, start, train."""

import math
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted

from dkm import networks
from dkm._util import blocks, checks
from dkm.deep._core import diagnostics, pretraining, training
from dkm.deep._core.keras_estimator import KerasEstimator, check_callback, restore_on_failure
from dkm.deep._core.training import Callback
from dkm.kmeans import lloyd
from dkm.networks.common import check_sizes


class DeepClusterer(
    KerasEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    """Encodes rows by a network and clusters their codes.

    A method is a subclass that defines

    - ``_check_parameters()``: raises if a parameter is out of range;
    - ``_build(X, rng)``: the untrained Keras model; it has ``encoder`` and ``decoder``;
    - ``_train(model, X, rngs, callback)``: trains it, and returns centres of shape (k, p) and the
      history; `AutoencoderBased` has one that pretrains an autoencoder first;
    - ``_assign(Z)``, if a row's cluster is not that of the nearest centre;
    - ``model_class``, see `KerasEstimator`;
    - ``_cure``: what to try when clusters end without points.
    """

    @restore_on_failure
    def fit(self, X: ArrayLike, y: object = None, *, callback: Callback = None) -> Self:
        """Train the network and find the clusters of X; a fit that fails changes nothing.

        Parameters
        ----------
        X : array-like, shape (n, d)
            Images in [0, 1], or a standardised table. float32 stays, all else becomes float64; the
            network computes in the same dtype.
        y : ignored
        callback : callable, optional
            Called with a `dkm.deep.Checkpoint` before the first and after each epoch of each phase
            ("pretraining", then "clustering"). It may look at everything and should change
            nothing. If it returns True, that phase ends, and the fit goes on with the next.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Before any training: if a parameter is out of range, if the network does not fit X, if X
            is not a finite numeric table with at least `n_clusters` rows, or if its squares
            overflow.

        Warns
        -----
        ConvergenceWarning
            If the loss or a weight is no longer finite (training is stopped, and the last good
            state is kept), if training diverges or has too few steps, if clusters have no points,
            or if all rows have the same code.
        UserWarning
            If X holds values far beyond -1 to 1.
        """
        checks.check_integer("n_clusters", self.n_clusters, at_least=1)
        checks.check_integer("verbose", self.verbose, at_least=0)
        check_callback(callback)
        self._check_parameters()
        seeds = checks.random_generator(self.random_state).integers(2**63, size=4)
        rngs = [np.random.default_rng(seed) for seed in seeds]
        X = self._checked(X, reset=True)
        checks.check_n_clusters(self.n_clusters, X)
        diagnostics.check_squares(X)
        model = self._build(X, rngs[0])
        diagnostics.warn_of_scale(X)
        centers, history = self._train(model, X, rngs[1:], callback)
        self.model_, self.cluster_centers_, self.history_ = model, centers, history
        Z = self._codes(X)
        self.labels_ = self._assign(Z)
        if not model.diverged:
            self._warn_of_collapse(X, Z)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Cluster of each row.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray of int32, shape (n,)
        """
        check_is_fitted(self, "cluster_centers_")
        return self._assign(self._codes(self._checked(X, reset=False)))

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Code of each row; it depends on no other row.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, latent_dim)
            In the dtype of the X that was fitted.
        """
        check_is_fitted(self, "model_")
        return self._codes(self._checked(X, reset=False))

    def decode(self, Z: ArrayLike) -> NDArray[np.floating]:
        """Decode codes into rows: the reverse of `transform`.

        Parameters
        ----------
        Z : array-like, shape (n, latent_dim)
            Codes, such as `cluster_centers_`.

        Returns
        -------
        ndarray, shape (n, d)
        """
        check_is_fitted(self, "model_")
        try:
            Z = np.asarray(Z, dtype=self.model_.dtype)
        except ValueError as error:
            raise ValueError(
                f"Z is not a table of numbers ({error}). Give codes, such as transform returns."
            ) from None
        latent_dim = self.model_.latent_dim
        if Z.ndim != 2 or Z.shape[1] != latent_dim or not len(Z):
            raise ValueError(
                f"Z has shape {Z.shape}, but codes have {latent_dim} numbers. Give an array of "
                f"shape (n, {latent_dim})."
            )
        if not np.isfinite(Z).all():
            raise ValueError("Z holds NaN or infinity. Give codes, such as transform returns.")
        return training.in_batches(self.model_.decoder, Z)

    def _assign(self, Z):
        """Nearest centre of each code, shape (n,)."""
        return nearest(Z, self.cluster_centers_)

    def _warn_of_collapse(self, X, Z):
        diagnostics.warn_of_collapse(self.labels_, self.n_clusters, X, Z, self._cure)

    def _codes(self, X):
        return encode(self.model_, X.astype(self.model_.dtype, copy=False))

    def _centers(self, model):
        """Centres among the codes of a model, shape (k, p)."""
        centers = model.centers
        return centers if isinstance(centers, np.ndarray) else centers.numpy()

    def _expose(self, model, phase):
        super()._expose(model, phase)
        vars(self).pop("cluster_centers_", None)
        if phase != "pretraining":
            self.cluster_centers_ = self._centers(model)

    @property
    def _n_features_out(self):
        return self.model_.latent_dim

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class AutoencoderBased(DeepClusterer):
    """A clusterer that starts from an autoencoder, which it pretrains or is given.

    It reads the parameters `latent_dim`, `hidden`, `network`, `autoencoder`, `pretrain_epochs`,
    `epochs`, `batch_size`, `learning_rate`, `sampler` and `verbose`; a method that does not offer
    one of them has it as a class attribute. A subclass defines, besides what `DeepClusterer` asks
    for,

    - ``_start_clustering(model, X, rng)``: gives the pretrained model its first centres;
    - ``_recorded``: what ``history_`` has of each epoch after that.
    """

    _recorded = ("loss", "autoencoder_loss", "cluster_loss", "clusters")

    @property
    def autoencoder_(self) -> pretraining.TrainedAutoencoder:
        """A copy of the autoencoder as it is after the fit, to pass to other methods."""
        return pretraining.TrainedAutoencoder.of(self.model_)

    def _check_parameters(self):
        if self.latent_dim is not None:
            checks.check_integer("latent_dim", self.latent_dim, at_least=1)
        checks.check_integer("pretrain_epochs", self.pretrain_epochs, at_least=0)
        checks.check_integer("batch_size", self.batch_size, at_least=1)
        checks.check_real("learning_rate", self.learning_rate, at_least=0)
        checks.check_choice("sampler", self.sampler, list(training.SAMPLERS))
        check_sizes("hidden", self.hidden)
        pretraining.check_network(self.network)
        pretraining.check_autoencoder(self.autoencoder, self.network)
        checks.check_integer("epochs", self._n_epochs(), at_least=0)

    def _n_epochs(self):
        """Epochs after the pretraining."""
        return self.epochs

    def _architecture(self, X):
        """Constructor arguments of a model: its network, sizes and dtype."""
        given = self.autoencoder
        if given is None:
            network = "dense" if self.network is None else self.network
            if isinstance(network, str):
                network = networks.named(network, self.hidden, X.shape[1])
            latent_dim = self.n_clusters if self.latent_dim is None else self.latent_dim
        else:
            network, latent_dim = given.network, given.latent_dim
            pretraining.check_fits("n_features", given.n_features, "X has n_features", X.shape[1])
            if self.latent_dim is not None:
                pretraining.check_fits("latent_dim", latent_dim, "latent_dim", self.latent_dim)
        network.check(X)
        return {
            "network": network,
            "n_features": X.shape[1],
            "latent_dim": int(latent_dim),
            "dtype": X.dtype.name,
        }

    def _with_autoencoder(self, model):
        """Compile the model, and copy the given autoencoder into it."""
        training.with_adam(model, float(self.learning_rate))
        if self.autoencoder is not None:
            self.autoencoder.copy_into(model)
        return model

    def _train(self, model, X, rngs, callback, between=None):
        """Pretrain the autoencoder, start the clusters among its codes, train on."""
        # Gradients are in units of X squared, and Adam must not take small ones for none.
        model.optimizer.epsilon *= float(np.clip(X.var(axis=0).sum(), 1e-9, 1))
        first = self.pretrain_epochs if self.autoencoder is None else 0
        n_epochs = self._n_epochs()
        diagnostics.warn_of_few_steps(first, self._n_batches(X), self.learning_rate)
        how = {"batch_size": self.batch_size, "sampler": self.sampler, "between": between}
        train = training.trainer(model, X, **how)
        with training.progress(self.verbose, first + n_epochs) as bar:
            on_epoch = partial(self._on_epoch, model, bar=bar, callback=callback)
            before = train(first, rngs[0], on_epoch("pretraining", first))
            self._start_clustering(model, X, rngs[1])
            n_epochs = 0 if model.diverged else n_epochs
            recorded = train(n_epochs, rngs[2], on_epoch("clustering", n_epochs))
        history = {"pretrain_loss": np.array([epoch["loss"] for epoch in before])}
        history |= {name: np.array([epoch[name] for epoch in recorded]) for name in self._recorded}
        losses = [*history["pretrain_loss"], *history.get("autoencoder_loss", ())]
        if not model.diverged:
            model.diverged = diagnostics.warn_of_divergence(X, losses, self.learning_rate)
        return self._centers(model), history

    def _n_batches(self, X):
        """Batches of an epoch."""
        return math.ceil(len(X) / self.batch_size)


def nearest(Z, centers):
    """Nearest centre of each code, ndarray of int32, shape (n,)."""
    with blocks.over(len(Z), sum(centers.shape)) as block_map:
        return lloyd.nearest_centers(Z, centers, block_map)


def encode(model, X):
    """Codes of X, shape (n, latent_dim); raises if one is not finite."""
    Z = training.in_batches(model.encoder, X)
    bad = np.flatnonzero(~np.isfinite(Z).all(axis=1))
    if len(bad):
        raise ValueError(
            f"The code of row {bad[0]} is not finite, as X holds values up to "
            f"{np.abs(X[bad[0]]).max():.3g} there. Scale X to about -1 to 1."
        )
    return Z
