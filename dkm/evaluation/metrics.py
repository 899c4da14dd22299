"""Clustering scores: against known classes, against the data and between clusterings.

Cluster labels are arbitrary: every function here is invariant to renumbering the clusters.
"""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import (
    adjusted_rand_score,
    normalized_mutual_info_score,
    pairwise_distances_chunked,
    silhouette_score,
)
from sklearn.metrics.cluster import contingency_matrix
from sklearn.utils import check_array

from dkm._util import checks

__all__ = [
    "accuracy",
    "agreement",
    "ari",
    "dunn",
    "evaluate",
    "nmi",
    "purity",
    "silhouette",
    "stability",
]


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Fraction of correct points under the best one-to-one matching of clusters to classes.

    Parameters
    ----------
    y_true : array-like of int, shape (n,)
        Class of each point.
    y_pred : array-like of int, shape (n,)
        Cluster of each point. The numbers of clusters and classes may differ; points in unmatched
        clusters or classes count as errors.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    ValueError
        If the lengths differ, the arrays are empty, or the labels are not integers.

    Notes
    -----
    Solves an assignment problem on the contingency table [1]_. Introduced in notebooks 01 and 02.

    References
    ----------
    .. [1] H. W. Kuhn, "The Hungarian method for the assignment problem", 1955.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    table = contingency_matrix(y_true, y_pred)
    classes, clusters = linear_sum_assignment(table, maximize=True)
    return float(table[classes, clusters].sum() / table.sum())


def nmi(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Normalised mutual information, normalised by the arithmetic mean of the entropies.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in [0, 1]
        0 if the labellings are independent, 1 if they are identical up to renumbering.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(normalized_mutual_info_score(y_true, y_pred, average_method="arithmetic"))


def ari(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Adjusted Rand index: agreement on pairs of points, adjusted for chance.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in [-0.5, 1]
        About 0 for random labels, 1 if the labellings are identical up to renumbering.

    Raises
    ------
    ValueError
        As in `accuracy`.

    References
    ----------
    .. [1] L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(adjusted_rand_score(y_true, y_pred))


def purity(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Fraction of points that belong to the majority class of their cluster.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in (0, 1]
        Never below `accuracy`, and 1 if every point is its own cluster. It therefore cannot compare
        clusterings with different numbers of clusters.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    table = contingency_matrix(y_true, y_pred)
    return float(table.max(axis=0).sum() / table.sum())


def silhouette(
    X: ArrayLike,
    labels: ArrayLike,
    *,
    max_rows: int = 10_000,
    random_state: checks.RandomState = 0,
) -> float:
    r"""Mean silhouette coefficient: the mean over all points of :math:`(b - a) / \max(a, b)` [1]_.

    :math:`a` is the mean distance from a point to the other points of its cluster, :math:`b` the
    smallest mean distance to the points of another cluster. A point alone in its cluster has the
    coefficient 0.

    Parameters
    ----------
    X : array-like, shape (n, d)
    labels : array-like of int, shape (n,)
        Between 2 and n - 1 clusters.
    max_rows : int, default=10000
        If X has more rows, a random sample of this size is used, since the time grows with the
        square of n.
    random_state : int, Generator, RandomState or None, default=0
        Determines that sample.

    Returns
    -------
    float in [-1, 1]

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters or as many clusters as points, or the lengths differ.

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of
       cluster analysis", Journal of Computational and Applied Mathematics 20, 1987.
    """
    checks.check_integer("max_rows", max_rows, at_least=3)
    rng = checks.random_generator(random_state)
    X, labels = check_points(X, labels)
    if len(X) > max_rows:
        rows = np.sort(rng.choice(len(X), max_rows, replace=False))
        X, labels = X[rows], labels[rows]
    n_clusters = check_several(labels)
    if n_clusters == len(X):
        raise ValueError(
            f"labels has {n_clusters} clusters of one point each, but the silhouette needs "
            "distances within clusters. Choose fewer clusters."
        )
    return float(silhouette_score(X, labels))


def dunn(X: ArrayLike, labels: ArrayLike) -> float:
    r"""Dunn index: smallest distance between clusters divided by the largest diameter [1]_.

    .. math:: \frac{\min_{a_i \ne a_j} \lVert x_i - x_j \rVert}
                   {\max_{a_i = a_j} \lVert x_i - x_j \rVert}

    Parameters
    ----------
    X : array-like, shape (n, d)
    labels : array-like of int, shape (n,)
        At least 2 clusters.

    Returns
    -------
    float
        Non-negative; above 1 if any two points of one cluster are closer to each other than any
        two points of different clusters. Infinite if no cluster has two distinct points.

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters, or the lengths differ.

    Notes
    -----
    The numerator and the denominator each depend on only two points. The time grows with the
    square of n, the memory does not.

    References
    ----------
    .. [1] J. C. Dunn, "A fuzzy relative of the ISODATA process and its use in detecting compact
       well-separated clusters", Journal of Cybernetics 3, 1973.
    """
    X, labels = check_points(X, labels)
    check_several(labels)
    gap, diameter, start = np.inf, 0.0, 0
    for block in pairwise_distances_chunked(X, metric="euclidean"):
        same = labels[start : start + len(block), None] == labels
        gap = min(gap, block.min(where=~same, initial=np.inf))
        diameter = max(diameter, block.max(where=same, initial=0.0))
        start += len(block)
    return float(gap / diameter) if diameter else np.inf


def stability(
    clusterer: BaseEstimator,
    X: ArrayLike,
    *,
    n_pairs: int = 10,
    random_state: checks.RandomState = 0,
) -> NDArray[np.float64]:
    """Agreement between clusterings fitted to two random halves of the data [1]_.

    The points are randomly split into two halves. A copy of the clusterer is fitted to each half
    and labels all points; the score is the adjusted Rand index of the two labellings.

    Parameters
    ----------
    clusterer : estimator with ``predict``
        It is cloned, not modified. If it has a ``random_state``, each clone gets a new one.
    X : array-like, shape (n, d)
        At least twice as many rows as clusters.
    n_pairs : int, default=10
        Number of random splits.
    random_state : int, Generator, RandomState or None, default=0
        Determines the splits.

    Returns
    -------
    ndarray, shape (n_pairs,)
        About 0 if the two labellings agree no better than by chance, 1 if they are identical.

    Raises
    ------
    ValueError, TypeError
        If X is not a finite table with at least 4 rows, or the clusterer cannot be fitted to half
        of it.

    Notes
    -----
    Stability does not imply that there are clusters: elongated data without clusters are always
    split across the middle. Introduced in notebook 02.

    References
    ----------
    .. [1] A. Ben-Hur, A. Elisseeff and I. Guyon, "A stability based method for discovering
       structure in clustered data", Pacific Symposium on Biocomputing, 2002.
    """
    checks.check_integer("n_pairs", n_pairs, at_least=1)
    rng = checks.random_generator(random_state)
    X = check_array(X, dtype=[np.float64, np.float32], ensure_min_samples=4)
    return np.array([ari(*labels_of_halves(clusterer, X, rng)) for _ in range(n_pairs)])


def labels_of_halves(clusterer, X, rng):
    """Two labellings of all rows of X, each fitted to a different half; arrays of shape (n,)."""
    rows = rng.permutation(len(X))
    both = []
    for half in (rows[: len(X) // 2], rows[len(X) // 2 :]):
        learner = clone(clusterer)
        if "random_state" in learner.get_params():
            learner.set_params(random_state=int(rng.integers(2**31)))
        both.append(learner.fit(X[half]).predict(X))
    return both


def agreement(
    labellings: Mapping[str, ArrayLike], score: Callable[[ArrayLike, ArrayLike], float] = ari
) -> NDArray[np.float64]:
    """Pairwise agreement between labellings.

    Parameters
    ----------
    labellings : dict of str to array-like of int, shape (n,)
        For example, one labelling per method.
    score : callable, default=ari
        A symmetric score, such as `ari`, `nmi` or `accuracy`.

    Returns
    -------
    ndarray, shape (m, m)
        In the order of the dict; symmetric. The diagonal compares each labelling with itself.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    table = np.empty((len(labellings), len(labellings)))
    for (i, a), (j, b) in itertools.combinations_with_replacement(
        enumerate(labellings.values()), 2
    ):
        table[i, j] = table[j, i] = score(a, b)
    return table


def evaluate(X: ArrayLike, labels: ArrayLike, y: ArrayLike | None = None) -> dict[str, float]:
    """Compute all scores of one clustering, as a row of a table.

    Parameters
    ----------
    X : array-like, shape (n, d)
    labels : array-like of int, shape (n,)
        Cluster of each point.
    y : array-like of int, shape (n,), optional
        Class of each point, if known.

    Returns
    -------
    dict of str to float
        ``n_clusters`` (non-empty clusters), ``smallest`` (size of the smallest cluster),
        ``inertia`` (about the cluster means), ``silhouette`` and ``dunn``; with `y`, also
        ``accuracy``, ``nmi``, ``ari`` and ``purity``. Scores that are undefined for this number of
        clusters are NaN.

    Raises
    ------
    ValueError
        If the lengths differ, or X is not a finite table.
    """
    X, labels = check_points(X, labels)
    if y is not None:
        y, _ = check_labels(y, labels)
    _, labels, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    several = 1 < len(sizes) < len(X)
    row = {
        "n_clusters": len(sizes),
        "smallest": int(sizes.min()),
        "inertia": float(
            sum(
                ((X[labels == k] - X[labels == k].mean(axis=0)) ** 2).sum()
                for k in range(len(sizes))
            )
        ),
        "silhouette": silhouette(X, labels) if several else np.nan,
        "dunn": dunn(X, labels) if several else np.nan,
    }
    if y is not None:
        row |= {score.__name__: score(y, labels) for score in (accuracy, nmi, ari, purity)}
    return row


def check_points(X, labels):
    """Return X as a finite float table, shape (n, d), and its integer labels, shape (n,)."""
    X = check_array(X, dtype=[np.float64, np.float32])
    labels = check_one("labels", labels)
    if len(labels) != len(X):
        raise ValueError(
            f"labels has length {len(labels)}, but X has n_samples={len(X)}. Give one label per "
            "row."
        )
    return X, labels


def check_several(labels):
    """Return the number of clusters; raise if it is below 2."""
    n_clusters = len(np.unique(labels))
    if n_clusters < 2:
        raise ValueError(
            "labels has a single cluster, but this score compares clusters with each other. "
            "Choose at least 2 clusters."
        )
    return n_clusters


def check_labels(y_true, y_pred):
    """Return both as integer arrays of the same length, shape (n,)."""
    y_true, y_pred = check_one("y_true", y_true), check_one("y_pred", y_pred)
    if len(y_true) != len(y_pred):
        raise ValueError(
            f"y_true has length {len(y_true)}, but y_pred has length {len(y_pred)}. Both must "
            "label the same points."
        )
    return y_true, y_pred


def check_one(name, labels):
    """Return the labels as an integer array, shape (n,)."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(f"{name} has shape {labels.shape}. Give one label per point, shape (n,).")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"{name} has dtype {labels.dtype}, but labels must be integers. Convert class names "
            "with numpy.unique(names, return_inverse=True)[1]."
        )
    return labels
