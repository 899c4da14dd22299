r"""First centres for K-Means: random rows, and k-means++ in its plain and its greedy form."""

import numpy as np

from dkm.kmeans.lloyd import squared_distances


def random_rows(points, n_clusters, rng):
    """Different rows of the data, each drawn with probability proportional to its weight."""
    p = None if points.weights is None else points.weights.astype(np.float64) / points.total
    return points.X[np.sort(rng.choice(len(points.X), n_clusters, replace=False, p=p))]


def plus_plus(points, n_clusters, rng, n_candidates):
    r"""Centres by k-means++.

    The first is a random row. Every further one is drawn with probability proportional to
    :math:`D_i^2`, the squared distance of row i to its nearest centre so far.

    Parameters
    ----------
    points : dkm.kmeans.lloyd.Points
    n_clusters : int
    rng : numpy.random.Generator
    n_candidates : int
        Rows drawn at each step; the one that lowers :math:`\sum_i D_i^2` most is kept. With 1 this
        is the algorithm of the paper [1]_, for whose seeding :math:`E[J] \le 8(\ln k + 2)\,J^*` is
        proved. With more it is greedy k-means++, which scikit-learn uses; it is often better, but
        the proof does not carry over.

    Returns
    -------
    ndarray, shape (n_clusters, d), dtype of X

    References
    ----------
    .. [1] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", 2007.
    """
    X, weights = points.X, points.weights
    chosen = [_draw(weights, len(X), 1, rng)[0]]
    closest = _distances(points, chosen)[:, 0]
    while len(chosen) < n_clusters:
        potential = closest if weights is None else closest * weights
        drawn = _draw(potential, len(X), n_candidates, rng)
        distances = np.minimum(_distances(points, drawn), closest[:, None])
        w = np.ones(len(X), X.dtype) if weights is None else weights
        best = np.argmin(np.einsum("i,ij->j", w, distances, dtype=np.float64))
        chosen.append(drawn[best])
        closest = distances[:, best].copy()
    return X[chosen]


def _distances(points, rows):
    return squared_distances(points.X, points.X[rows], points.map, points.origin, points.norms)


def _draw(weights, n, size, rng):
    """Row numbers with probability proportional to `weights`; uniform if None or all are zero."""
    cumulative = None if weights is None else np.cumsum(weights, dtype=np.float64)
    if cumulative is None or cumulative[-1] <= 0:
        return rng.integers(n, size=size)
    rows = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    return np.minimum(rows, n - 1)
