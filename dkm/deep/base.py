"""What every deep clusterer does: the contract of scikit-learn, around a Keras model."""

from functools import wraps

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from dkm._util import blocks, checks
from dkm.deep import training
from dkm.kmeans import lloyd

# A column whose root mean square is beyond it is neither standardised (then it is 1, whatever its
# largest value) nor that of a scaled image. Raw digits, 0 to 16, stay below it: both parts of the
# loss grow alike, and from four seeds Deep K-Means had ACC 0.77 and NMI 0.75 on them as on digits
# from 0 to 1, within the spread of 0.016.
LARGE = 30


def whole_or_not(fit):
    """A `fit` that leaves the estimator as it was before, if it fails or is stopped."""

    @wraps(fit)
    def guarded(self, *arguments, **options):
        before = dict(vars(self))
        try:
            return fit(self, *arguments, **options)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return guarded


class HoldsModel:
    """What an estimator does that holds a Keras model in ``model_``.

    A subclass defines ``model_class``: the class of that model, made again from its
    ``get_config()``.
    """

    with_optimizer = staticmethod(training.with_adam)  # what a new model is given

    def _checked(self, X, reset):
        shape = getattr(X, "shape", ())
        if len(shape) > 2:
            raise ValueError(
                f"X has shape {shape}: Found array with dim {len(shape)}, but a table has 2. Give "
                "each image as a row: X.reshape(len(X), -1)."
            )
        return checks.check_data(self, X, reset=reset)

    def __getstate__(self):
        state = dict(super().__getstate__())
        model = state.pop("model_", None)
        if model is not None:
            arrays = [variable.numpy() for variable in training.variables(model)]
            state["_frozen"] = model.get_config(), arrays
        return state

    def __setstate__(self, state):
        frozen = state.pop("_frozen", None)
        super().__setstate__(state)
        if frozen:
            config, arrays = frozen
            self.model_ = self.with_optimizer(self.model_class(**config))
            training.restore(self.model_, arrays)


class DeepClusterer(
    HoldsModel, ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    """Encodes rows by a network and clusters their codes.

    A method is a subclass that defines

    - ``_check_parameters()``: raises if a parameter is out of range;
    - ``_build(X, rng)``: the untrained Keras model; it has ``encoder`` and ``decoder``;
    - ``_train(model, X, rngs)``: trains it, and returns centres of shape (k, p) and history;
    - ``_assign(Z)``, if a row's cluster is not that of the nearest centre;
    - ``model_class``, see `HoldsModel`;
    - ``_cure``: what to try when clusters end without points.
    """

    @whole_or_not
    def fit(self, X, y=None):
        """Train the network and find the clusters of X; what fails or is stopped changes nothing.

        Parameters
        ----------
        X : array-like, shape (n, d)
            Images in [0, 1], or a standardised table. float32 stays, all else becomes float64, and
            the network computes in the same.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Before any training: if a parameter is out of range, if the network does not fit X, if X
            is no finite numeric table with at least `n_clusters` rows, or if its squares overflow.

        Warns
        -----
        ConvergenceWarning
            If the loss or a weight is no longer finite (the training is stopped then, and the last
            good state is kept), if it diverges or has too few steps, if clusters have no points, or
            if all rows have the same code.
        UserWarning
            If X holds values far beyond -1 to 1.
        """
        checks.check_integer("n_clusters", self.n_clusters, at_least=1)
        checks.check_integer("verbose", self.verbose, at_least=0)
        self._check_parameters()
        seeds = checks.random_generator(self.random_state).integers(2**63, size=4)
        rngs = [np.random.default_rng(seed) for seed in seeds]
        X = self._checked(X, reset=True)
        checks.check_n_clusters(self.n_clusters, X)
        check_squares(X)
        model = self._build(X, rngs[0])
        warn_of_scale(X)
        centers, history = self._train(model, X, rngs[1:])
        self.model_, self.cluster_centers_, self.history_ = model, centers, history
        Z = self._codes(X)
        self.labels_ = self._assign(Z)
        if not model.diverged:
            self._warn_of_collapse(X, Z)
        return self

    def predict(self, X):
        """Cluster of each row.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray of int32, shape (n,)
        """
        check_is_fitted(self)
        return self._assign(self._codes(self._checked(X, reset=False)))

    def transform(self, X):
        """Code of each row; that of a row does not depend on the rows beside it.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, latent_dim)
            In the dtype of the X that was fitted.
        """
        check_is_fitted(self)
        return self._codes(self._checked(X, reset=False))

    def decode(self, Z):
        """Rows to which codes belong: the way back from `transform`.

        Parameters
        ----------
        Z : array-like, shape (n, latent_dim)
            Codes, such as `cluster_centers_`.

        Returns
        -------
        ndarray, shape (n, d)
        """
        check_is_fitted(self)
        try:
            Z = np.asarray(Z, dtype=self.cluster_centers_.dtype)
        except ValueError as error:
            raise ValueError(
                f"Z is no table of numbers ({error}). Give codes, such as transform returns."
            ) from None
        numbers = self.cluster_centers_.shape[1]
        if Z.ndim != 2 or Z.shape[1] != numbers or not len(Z):
            raise ValueError(
                f"Z has shape {Z.shape}, but codes have {numbers} numbers. Give an array of shape "
                f"(n, {numbers})."
            )
        if not np.isfinite(Z).all():
            raise ValueError("Z holds NaN or infinity. Give codes, such as transform returns.")
        return training.in_batches(self.model_.decoder, Z)

    def _assign(self, Z):
        """Nearest centre of each code, shape (n,)."""
        return nearest(Z, self.cluster_centers_)

    def _warn_of_collapse(self, X, Z):
        warn_of_collapse(self.labels_, self.n_clusters, X, Z, self._cure)

    def _codes(self, X):
        X = X.astype(self.cluster_centers_.dtype, copy=False)
        return encode(self.model_, X)

    @property
    def _n_features_out(self):
        return self.cluster_centers_.shape[1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


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


def check_squares(X):
    """Raise if the squares of X, shape (n, d), or their sum, overflow its dtype."""
    with np.errstate(over="ignore"):
        squares = training.ROOM * np.einsum("ij,ij->", X, X)
    if not np.isfinite(squares):
        raise ValueError(
            f"X holds values so large (up to {np.abs(X).max():.2g}) that the losses, sums of their "
            f"squares, overflow {X.dtype}. Rescale X, for example with "
            "sklearn.preprocessing.StandardScaler."
        )


def warn_of_scale(X):
    """Warn if X, shape (n, d), holds values for which the losses were not made."""
    squares = np.einsum("ij,ij->j", X, X) / len(X)
    if squares.max() > LARGE**2:
        largest = np.abs(X[:, squares.argmax()]).max()
        checks.warn(
            f"X holds values up to {largest:.3g}. The losses and their weights suit images in "
            "[0, 1] or standardised tables. Divide images by their greatest value (such as 255), "
            "or use sklearn.preprocessing.StandardScaler."
        )


def warn_of_collapse(labels, n_clusters, X, Z, cure):
    """Warn if clusters have no points, or if all codes, shape (n, p), are as good as the same."""
    found = len(np.unique(labels))
    collapsed = np.ptp(Z, axis=0).max() <= 1e-6 * np.abs(Z).max() and np.ptp(X, axis=0).any()
    if found == n_clusters and not collapsed:
        return
    different = len(np.unique(X, axis=0))
    if different < n_clusters:
        said = f"X has fewer different rows ({different}) than n_clusters={n_clusters}."
        cure = f"choose n_clusters of at most {different}."
    elif collapsed:
        said = "All rows have the same code: the encoder collapsed."
    else:
        said = f"Only {found} of n_clusters={n_clusters} clusters have points."
    checks.warn(f"{said} Try this: {cure}", ConvergenceWarning)
