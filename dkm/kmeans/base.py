"""Code shared by `KMeans` and `MiniBatchKMeans`: prediction and initial centres."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from dkm._util import blocks, checks
from dkm.kmeans import initialization, lloyd

INITS = ("k-means++", "greedy-k-means++", "random")


class CentroidClusterer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator
):
    """Base class of clusterers with fitted `cluster_centers_`, shape (n_clusters, d)."""

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Index of the nearest centre for each row.

        Parameters
        ----------
        X : array-like or memmap, shape (n, d)

        Returns
        -------
        ndarray of int32, shape (n,)
        """
        X, centers = self._unseen(X)
        with blocks.over(len(X), sum(centers.shape)) as block_map:
            return lloyd.nearest_centers(X, centers, block_map)

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Euclidean distances from each row to every centre.

        Parameters
        ----------
        X : array-like or memmap, shape (n, d)

        Returns
        -------
        ndarray, shape (n, n_clusters)
            float32 if X is float32, otherwise float64.
        """
        X, centers = self._unseen(X)
        origin = lloyd.choose_origin(centers)
        with blocks.over(len(X), sum(centers.shape)) as block_map:
            norms = block_map(lambda rows: lloyd.squared_norms(X[rows] - origin.astype(X.dtype)))
            norms = np.concatenate(list(norms))
            return np.sqrt(lloyd.squared_distances(X, centers, block_map, origin, norms))

    def score(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Negative inertia of X: higher is better, as scikit-learn's model selection expects.

        Parameters
        ----------
        X : array-like or memmap, shape (n, d)
        y : ignored
        sample_weight : array-like, shape (n,), optional

        Returns
        -------
        float
            Negative (weighted) sum of squared distances to the nearest centre.
        """
        X, centers = self._unseen(X)
        weights = checks.check_weights(sample_weight, X)
        with blocks.over(len(X), sum(centers.shape)) as block_map:
            points = lloyd.prepare(X, weights, block_map)
            return -lloyd.assign(points, lloyd.Partition.unassigned(points, len(centers)), centers)[
                1
            ]

    def _unseen(self, X):
        check_is_fitted(self)
        X = checks.check_data(self, X, reset=False)
        return X, self.cluster_centers_.astype(X.dtype, copy=False)

    @property
    def _n_features_out(self):
        return self.cluster_centers_.shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def check_init(init, n_clusters, X):
    """Return given centres in the dtype of X, or None if `init` names an initialisation method."""
    if isinstance(init, str):
        checks.check_choice("init", init, INITS)
        return None
    try:
        centers = np.array(init, dtype=X.dtype)
    except (TypeError, ValueError):
        centers = np.array(np.nan)
    if centers.ndim == 0:
        raise ValueError(
            f"init={init!r} is neither the name of an initialisation method nor an array of "
            f"centres. Choose from: {', '.join(INITS)}."
        )
    if centers.shape != (n_clusters, X.shape[1]):
        raise ValueError(
            f"init has shape {centers.shape}, but n_clusters={n_clusters} and X has "
            f"n_features={X.shape[1]}. Give an array of shape {(n_clusters, X.shape[1])}."
        )
    with np.errstate(over="ignore"):
        squares = (centers**2).sum()
    if not np.isfinite(squares):
        raise ValueError(
            f"init contains NaN, infinity or values whose squares overflow {X.dtype} (maximum "
            f"absolute value {np.abs(centers).max():.2g}). Give centres within the range of the "
            "data."
        )
    return centers


def first_centers(init, points, n_clusters, rng, given=None):
    """Initial centres, shape (n_clusters, d)."""
    if given is not None:
        return given
    if init == "random":
        return initialization.random_rows(points, n_clusters, rng)
    n_candidates = 2 + int(np.log(n_clusters)) if init == "greedy-k-means++" else 1
    return initialization.plus_plus(points, n_clusters, rng, n_candidates)


def warn_of_empty_clusters(labels, n_clusters, dtype):
    """Warn if some of the `n_clusters` clusters contain no points."""
    found = len(np.unique(labels))
    if found < n_clusters:
        checks.warn(
            f"Only {found} of n_clusters={n_clusters} clusters have points: X has too few "
            f"different rows, or rows closer together than {dtype} can tell. Choose n_clusters "
            f"of at most {found}.",
            ConvergenceWarning,
        )
