r"""Initial centres for K-Means: random rows, k-means++ and greedy k-means++."""

import numpy as np

from dkm.kmeans.lloyd import squared_distances


def random_rows(points, n_clusters, rng):
    """Rows drawn without replacement, each with probability proportional to its weight."""
    p = None if points.weights is None else points.weights.astype(np.float64) / points.total
    return points.X[np.sort(rng.choice(len(points.X), n_clusters, replace=False, p=p))]


def plus_plus(points, n_clusters, rng, n_candidates):
    r"""Initial centres by k-means++.

    The first centre is a random row. Each subsequent centre is drawn with probability
    proportional to :math:`D_i^2`, the squared distance from row i to the nearest centre chosen so
    far.

    Parameters
    ----------
    points : dkm.kmeans.lloyd.Points
    n_clusters : int
    rng : numpy.random.Generator
    n_candidates : int
        Number of rows drawn at each step; the one that reduces :math:`\sum_i D_i^2` most is kept.
        With 1, this is the original algorithm [1]_, for which
        :math:`E[J] \le 8(\ln k + 2)\,J^*` has been proved. With more, it is greedy k-means++, as
        used by scikit-learn. It often gives better results, but the proof does not apply to it.

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
    """Row indices drawn in proportion to `weights`; uniform if None or if all weights are 0."""
    cumulative = None if weights is None else np.cumsum(weights, dtype=np.float64)
    if cumulative is None or cumulative[-1] <= 0:
        return rng.integers(n, size=size)
    rows = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    return np.minimum(rows, n - 1)
