"""Mini-batch K-Means, with the scikit-learn interface."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dkm._util import blocks, checks
from dkm.kmeans import lloyd
from dkm.kmeans.base import CentroidClusterer, check_init, first_centers, warn_of_empty_clusters


class MiniBatchKMeans(CentroidClusterer):
    r"""K-Means on small random batches, one after the other.

    Each centre is the running mean of the points that it was given so far: for a batch that brings
    it :math:`n` points with sum :math:`S` after :math:`N` earlier ones,
    :math:`c \leftarrow (N c + S) / (N + n)`; Sculley's update [1]_, point by point with the labels
    fixed within a batch, ends in the same place. Introduced in notebook 01.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {"greedy-k-means++", "k-means++", "random"} or array-like, shape (n_clusters, d)
        As in `KMeans`, on a random sample of three batches (or three rows a cluster, if more).
    n_init : int, default=3
        Number of first centres that are compared, by their inertia on that sample.
    batch_size : int, default=1024
        Rows of a batch; all of X if it has fewer.
    max_iter : int, default=100
        Passes over X at most. The order of the rows is drawn anew for each.
    tol : float, default=1e-3
        The fit ends after a pass that lowered the mean, over its batches, of the inertia per point
        by less than this share.
    random_state : int, Generator, RandomState or None, default=None
        Source of all random draws. The same integer gives the same labels.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, d), dtype of X
    labels_ : ndarray of int32, shape (n,)
        The nearest of `cluster_centers_` for each row (after `partial_fit`: of the last rows).
    inertia_ : float
        (Weighted) sum of squared distances to these centres.
    counts_ : ndarray, shape (n_clusters,)
        Weight of the points that each centre is the mean of.
    n_iter_ : int
        Passes over X that were made.
    n_steps_ : int
        Batches that were used.
    history_ : dict of ndarray
        ``history_["inertia_per_point"]``, of shape ``(n_iter_,)``: mean over the batches of a
        pass, each measured before its update.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    A centre that received no point in a whole pass is moved to the point of the next batch that is
    farthest from its own centre.

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
        """Find the clusters of X.

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
            If a parameter is out of range, or X is no finite numeric table with at least
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
        """Update the centres by one batch; the first call chooses them among its rows.

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
                f"n_clusters={self.n_clusters}, but earlier batches made "
                f"{len(self.cluster_centers_)} clusters. Keep n_clusters, or start anew with fit."
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
            points = lloyd.gather(sample, w, block_map)
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
            points = lloyd.gather(X, weights, block_map)
            partition = lloyd.Partition.unassigned(points, self.n_clusters)
            _, self.inertia_ = lloyd.assign(points, partition, self.cluster_centers_)
            self.labels_ = partition.labels
        return self


def batch_step(x, weights, centers, counts, idle=()):
    """One batch of Sculley's algorithm.

    Parameters
    ----------
    x : ndarray, shape (m, d)
    weights : ndarray, shape (m,), or None
    centers : ndarray, shape (k, d), float64
    counts : ndarray, shape (k,), float64
        Weight of the points that each centre is the mean of so far.
    idle : sequence of int
        Centres that start anew from the batch's worst served points, if it brings them none.

    Returns
    -------
    centers, counts : ndarray, ndarray
        After the batch; new arrays.
    inertia : float
        (Weighted) inertia of the batch before the update.
    """
    points = lloyd.gather(x, weights, lambda function: map(function, [slice(0, len(x))]))
    partition = lloyd.Partition.unassigned(points, len(centers))
    _, inertia = lloyd.assign(points, partition, centers)
    idle = [k for k in idle if partition.weight[k] == 0]
    centers, _ = lloyd.reseed(points, partition, centers, idle)
    old = counts.copy()
    old[[k for k in idle if partition.weight[k] > 0]] = 0
    new = old + partition.weight
    served = partition.weight > 0
    centers = centers.copy()
    centers[served] = (old[served, None] * centers[served] + partition.sums[served]) / new[
        served, None
    ]
    return centers, new, inertia
