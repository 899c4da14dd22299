"""Mini-batch K-Means, with the scikit-learn interface."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dkm._util import blocks, checks
from dkm.kmeans import lloyd
from dkm.kmeans.base import CentroidClusterer, check_init, first_centers, warn_of_empty_clusters


class MiniBatchKMeans(CentroidClusterer):
    r"""K-Means trained on a sequence of small random batches.

    Each centre is the running mean of the points assigned to it so far. If a batch assigns it
    :math:`n` points with sum :math:`S` after :math:`N` earlier points, the update is
    :math:`c \leftarrow (N c + S) / (N + n)`. Sculley's point-by-point update [1]_, with the labels
    fixed within a batch, yields the same centre. Introduced in notebook 01.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {"greedy-k-means++", "k-means++", "random"} or array-like, shape (n_clusters, d)
        As in `KMeans`, on a random sample of three batches (or three rows per cluster, if larger).
    n_init : int, default=3
        Number of initialisations to compare; the one with the lowest inertia on that sample is
        used.
    batch_size : int, default=1024
        Rows per batch; if X has fewer rows, all of X is one batch.
    max_iter : int, default=100
        Maximum number of passes over X. Each pass uses a new random order of the rows.
    tol : float, default=1e-3
        The fit stops after a pass that reduced the inertia per point, averaged over its batches,
        by less than this fraction.
    random_state : int, Generator, RandomState or None, default=None
        Determines all random draws. Pass an integer for reproducible labels.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, d), dtype of X
    labels_ : ndarray of int32, shape (n,)
        Index of the nearest of `cluster_centers_` for each row; after `partial_fit`, for the rows
        of the last batch.
    inertia_ : float
        (Weighted) sum of squared distances to the nearest centre.
    counts_ : ndarray, shape (n_clusters,)
        Total weight of the points averaged in each centre.
    n_iter_ : int
        Number of passes over X.
    n_steps_ : int
        Number of batches processed.
    history_ : dict of ndarray
        ``history_["inertia_per_point"]``, of shape ``(n_iter_,)``: mean over the batches of each
        pass, evaluated on each batch before its update.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Only if X has column names.

    Notes
    -----
    A centre that received no points during a whole pass is moved to the point of the next batch
    that is farthest from its own centre.

    References
    ----------
    .. [1] D. Sculley, "Web-scale k-means clustering", WWW 2010, algorithm 1.

    Examples
    --------
    >>> from dkm import MiniBatchKMeans, datasets
    >>> digits = datasets.load("digits")
    >>> kmeans = MiniBatchKMeans(n_clusters=10, random_state=0).fit(digits.X)
    >>> kmeans.cluster_centers_.shape
    (10, 64)
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | ArrayLike = "greedy-k-means++",
        n_init: int = 3,
        batch_size: int = 1024,
        max_iter: int = 100,
        tol: float = 1e-3,
        random_state: checks.RandomState = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Compute the clustering of X.

        Parameters
        ----------
        X : array-like or memmap, shape (n, d)
        y : ignored
        sample_weight : array-like, shape (n,), optional

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter is invalid, or X is not a finite numeric table with at least
            `n_clusters` rows.
        """
        X, weights, rng = self._validated(X, sample_weight, reset=True)
        centers, counts = self._first_centers(X, weights, rng), np.zeros(self.n_clusters)
        batch_size = min(self.batch_size, len(X))
        per_point, idle, self.n_steps_ = [], (), 0
        for _ in range(self.max_iter):
            order, inertia = rng.permutation(len(X)), 0.0
            before = counts
            for start in range(0, len(X), batch_size):
                rows = np.sort(order[start : start + batch_size])
                w = None if weights is None else weights[rows]
                centers, counts, batch_inertia = batch_step(X[rows], w, centers, counts, idle)
                inertia, idle = inertia + batch_inertia, ()
                self.n_steps_ += 1
            idle = np.flatnonzero(counts == before)
            per_point.append(inertia / (len(X) if weights is None else weights.sum()))
            if len(per_point) > 1 and per_point[-1] >= (1 - self.tol) * per_point[-2]:
                break
        self.n_iter_ = len(per_point)
        self.history_ = {"inertia_per_point": np.array(per_point)}
        self._finish(X, weights, centers, counts)
        warn_of_empty_clusters(self.labels_, self.n_clusters, X.dtype)
        return self

    def partial_fit(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Update the centres with one batch; the first call initialises them from its rows.

        Parameters
        ----------
        X : array-like, shape (n, d)
        y : ignored
        sample_weight : array-like, shape (n,), optional

        Returns
        -------
        self
        """
        first = not hasattr(self, "cluster_centers_")
        X, weights, rng = self._validated(X, sample_weight, reset=first)
        if first:
            centers, counts = self._first_centers(X, weights, rng), np.zeros(self.n_clusters)
            self.n_steps_ = 0
        else:
            centers, counts = self.cluster_centers_.astype(np.float64), self.counts_
        centers, counts, _ = batch_step(X, weights, centers, counts)
        self.n_steps_ += 1
        return self._finish(X, weights, centers, counts)

    def _validated(self, X, sample_weight, reset):
        for name in ("n_clusters", "n_init", "batch_size", "max_iter"):
            checks.check_integer(name, getattr(self, name), at_least=1)
        checks.check_real("tol", self.tol, at_least=0)
        rng = checks.random_generator(self.random_state)
        X = checks.check_data(self, X, reset=reset)
        weights = checks.check_weights(sample_weight, X)
        if reset:
            checks.check_n_clusters(self.n_clusters, X, weights)
        elif self.n_clusters != len(self.cluster_centers_):
            raise ValueError(
                f"n_clusters={self.n_clusters}, but earlier batches used "
                f"n_clusters={len(self.cluster_centers_)}. Keep that value, or call fit to start "
                "over."
            )
        return X, weights, rng

    def _first_centers(self, X, weights, rng):
        given = check_init(self.init, self.n_clusters, X)
        if given is not None:
            return given.astype(np.float64)
        size = min(len(X), 3 * max(self.batch_size, self.n_clusters))
        usable = np.arange(len(X)) if weights is None else np.flatnonzero(weights)
        rows = np.sort(rng.choice(usable, min(size, len(usable)), replace=False))
        sample, w = X[rows], None if weights is None else weights[rows]
        with blocks.over(len(sample), sample.shape[1] + self.n_clusters) as block_map:
            points = lloyd.prepare(sample, w, block_map)
            candidates = [
                first_centers(self.init, points, self.n_clusters, rng) for _ in range(self.n_init)
            ]
            scores = [
                lloyd.assign(points, lloyd.Partition.unassigned(points, len(C)), C)[1]
                for C in candidates
            ]
        return candidates[int(np.argmin(scores))].astype(np.float64)

    def _finish(self, X, weights, centers, counts):
        self.cluster_centers_, self.counts_ = centers.astype(X.dtype), counts
        with blocks.over(len(X), sum(centers.shape)) as block_map:
            points = lloyd.prepare(X, weights, block_map)
            partition = lloyd.Partition.unassigned(points, self.n_clusters)
            _, self.inertia_ = lloyd.assign(points, partition, self.cluster_centers_)
            self.labels_ = partition.labels
        return self


def batch_step(x, weights, centers, counts, idle=()):
    """Process one batch by Sculley's algorithm.

    Parameters
    ----------
    x : ndarray, shape (m, d)
    weights : ndarray, shape (m,), or None
    centers : ndarray, shape (k, d), float64
    counts : ndarray, shape (k,), float64
        Total weight of the points averaged in each centre so far.
    idle : sequence of int
        Centres to reseed if this batch assigns them no points; they move to the points farthest
        from their own centres.

    Returns
    -------
    centers, counts : ndarray, ndarray
        Values after the batch, as new arrays.
    inertia : float
        (Weighted) inertia of the batch before the update.
    """
    points = lloyd.prepare(x, weights, lambda function: map(function, [slice(0, len(x))]))
    partition = lloyd.Partition.unassigned(points, len(centers))
    _, inertia = lloyd.assign(points, partition, centers)
    idle = [k for k in idle if partition.weight[k] == 0]
    centers, _ = lloyd.reseed(points, partition, centers, idle)
    old = counts.copy()
    old[[k for k in idle if partition.weight[k] > 0]] = 0
    new = old + partition.weight
    updated = partition.weight > 0
    centers = centers.copy()
    centers[updated] = (old[updated, None] * centers[updated] + partition.sums[updated]) / new[
        updated, None
    ]
    return centers, new, inertia
