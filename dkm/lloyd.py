r"""The two half-steps of K-Means, over data of any length.

Lloyd's algorithm [1]_ lowers the inertia
:math:`J(C, a) = \sum_i w_i \lVert x_i - c_{a_i}\rVert^2` in turns: `assign` chooses the labels
:math:`a` for fixed centres, `update` the centres :math:`C` for fixed labels. Three decisions make
it quick on large data, without changing what it computes:

- The nearest centre of :math:`x` is the one with the greatest score
  :math:`s_k = x \cdot c_k - \frac12 \lVert c_k \rVert^2`, because
  :math:`\lVert x - c_k \rVert^2 = \lVert x \rVert^2 - 2 s_k`: one matrix product for all points and
  centres. The centres are taken relative to an origin amid the data, so that data far from zero
  lose no digits.
- The sum of each cluster's points is kept from pass to pass and corrected by the points that
  changed cluster. Soon these are few.
- Data are read in blocks (`dkm.blocks`), so they may be a `numpy.memmap` larger than memory.

References
----------
.. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28, 1982.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array


@dataclass(frozen=True)
class Points:
    """Data with what every pass over them needs.

    Attributes
    ----------
    X : ndarray or memmap, shape (n, d), float32 or float64
    weights : ndarray, shape (n,), or None
        None means one each.
    map : callable
        Maps a function over the blocks of the rows, see `dkm.blocks`.
    origin : ndarray, shape (d,), float64
        See `amid`.
    norms : ndarray, shape (n,), dtype of X
        Squared distance of each point to the origin.
    scatter : float
        Weighted sum of `norms`: the inertia for a single centre at the origin.
    total : float
        Sum of the weights.
    """

    X: np.ndarray
    weights: np.ndarray | None
    map: callable
    origin: np.ndarray
    norms: np.ndarray
    scatter: float
    total: float


def amid(X):
    """A point amid the rows of X, shape (d,), float64, found from at most 2 000 of them.

    It is the mean in few binary digits. So data on a grid, such as grey levels, are still on a grid
    relative to it, and a point that is exactly as far from two centres stays so.
    """
    sample = X[:: max(1, len(X) // 1000)].astype(np.float64)
    mean, deviation = sample.mean(axis=0), sample.std(axis=0)
    grid = np.exp2(np.floor(np.log2(np.where(deviation > 0, deviation, 1))))
    return np.where(deviation > 0, np.round(mean / grid) * grid, mean)


def gather(X, weights, block_map):
    """The `Points` of X, in one pass; raises where squares overflow."""
    total = float(len(X)) if weights is None else float(weights.sum(dtype=np.float64))
    norms = np.empty(len(X), X.dtype)

    def one_block(rows):
        norms[rows] = squared_norms(X[rows] - origin.astype(X.dtype))
        return weighted_sum(norms[rows], None if weights is None else weights[rows])

    with np.errstate(over="ignore", invalid="ignore"):
        origin = amid(X)
        scatter = float(sum(block_map(one_block)))
    if not np.isfinite(scatter):
        raise ValueError(
            f"X holds values so large (up to {max(abs(X.min()), abs(X.max())):.2g}) that squared "
            f"distances overflow {X.dtype}. Rescale X, for example with "
            "sklearn.preprocessing.StandardScaler."
        )
    return Points(X, weights, block_map, origin, norms, scatter, total)


def squared_norms(x):
    """Squared length of each row of x, shape (m, d)."""
    return np.einsum("ij,ij->i", x, x)


def weighted_sum(values, weights):
    """Sum, in float64, of the values, each times its weight if there are any."""
    values = values.astype(np.float64)
    return values.sum() if weights is None else values @ weights


@dataclass
class Partition:
    """The clusters at one moment of a run.

    Attributes
    ----------
    labels : ndarray of int32, shape (n,)
        -1 before the first assignment.
    nearest : ndarray, shape (n,), dtype of X
        Squared distance of each point to its centre.
    sums : ndarray, shape (k, d), float64
        Weighted sum of each cluster's points.
    weight : ndarray, shape (k,), float64
        Sum of each cluster's weights.
    """

    labels: np.ndarray
    nearest: np.ndarray
    sums: np.ndarray
    weight: np.ndarray

    @classmethod
    def unassigned(cls, points, n_clusters):
        """No point has a cluster yet."""
        n, d = points.X.shape
        labels, nearest = np.full(n, -1, np.int32), np.zeros(n, points.X.dtype)
        return cls(labels, nearest, np.zeros((n_clusters, d)), np.zeros(n_clusters))


def linear_scores(centers, origin, dtype):
    r"""Matrix A, shape (d, k), and row b, shape (k,), such that ``x @ A - b`` scores the centres.

    With :math:`c'_k = c_k - o`, the squared distance to centre k is
    :math:`\lVert x - o \rVert^2 - 2\,(x \cdot c'_k - b_k)` for
    :math:`b_k = o \cdot c'_k + \frac12 \lVert c'_k \rVert^2`.
    """
    relative = centers.astype(np.float64) - origin
    b = relative @ origin + (relative**2).sum(axis=1) / 2
    return np.ascontiguousarray(relative.T, dtype), b.astype(dtype)


def change_of_sums(x, weights, new, old, n_clusters):
    """What the weighted sums of the clusters change by when the rows of x move, shape (k, d).

    Parameters
    ----------
    x : ndarray, shape (m, d)
    weights : ndarray, shape (m,), or None
    new, old : ndarray of int, shape (m,)
        Cluster of each row after and before; -1 is none.
    n_clusters : int
    """
    weights = np.ones(len(x), x.dtype) if weights is None else weights
    # Column i of this k x m matrix has +w at the new and -w at the old cluster of row i.
    cluster = np.column_stack([new, np.maximum(old, 0)]).ravel()
    sign = np.column_stack([weights, np.where(old < 0, 0, -weights)]).ravel()
    return csc_array((sign, cluster, np.arange(0, 2 * len(x) + 1, 2)), (n_clusters, len(x))) @ x


def assign(points, partition, centers):
    """First half-step: give each point its nearest centre, the first where several are.

    Updates `partition` and returns the number of points that changed cluster.
    """
    X, weights, n_clusters = points.X, points.weights, len(centers)
    A, b = linear_scores(centers, points.origin, X.dtype)

    def one_block(rows):
        x, old = X[rows], partition.labels[rows].copy()
        scores = x @ A
        scores -= b
        new = scores.argmax(axis=1)
        best = scores[np.arange(len(new)), new]
        partition.labels[rows] = new
        partition.nearest[rows] = np.maximum(points.norms[rows] - 2 * best, 0)
        w = None if weights is None else weights[rows]
        weight = np.bincount(new, w, n_clusters)
        moved = np.flatnonzero(new != old)
        if not len(moved):
            return weight, 0, 0
        if len(moved) < len(x):
            x, new, old, w = x[moved], new[moved], old[moved], None if w is None else w[moved]
        return weight, len(moved), change_of_sums(x, w, new, old, n_clusters)

    changed, partition.weight[:] = 0, 0
    for weight, n_moved, sums in points.map(one_block):
        partition.weight += weight
        partition.sums += sums
        changed += n_moved
    partition.sums[partition.weight == 0] = 0  # without what rounding left there
    return changed


def reseed(points, partition, centers, empty):
    """Give each cluster of `empty`, as its only point, the one that is farthest from its centre.

    A cluster stays empty when every point already sits on a centre: X has fewer different rows
    than there are clusters. Returns the number of clusters that received a point.
    """
    empty = list(empty)
    if not empty:
        return 0
    n_empty, nearest = len(empty), partition.nearest
    counts = points.weights is None or points.weights > 0
    members = np.bincount(partition.labels, np.broadcast_to(counts, nearest.shape), len(centers))
    # Of these many points at most one for each cluster may not leave: its last member.
    n_worst = min(len(nearest), n_empty + len(centers))
    distance = np.where(counts, nearest, -1)
    worst = np.argpartition(distance, -n_worst)[-n_worst:]
    for i in worst[np.argsort(-distance[worst], kind="stable")]:
        if not empty:
            break
        donor, x = partition.labels[i], points.X[i].astype(np.float64)
        noise = (16 * np.finfo(points.X.dtype).eps) ** 2 * (x @ x)
        if members[donor] < 2 or ((x - centers[donor]) ** 2).sum() <= noise:
            continue
        taker = empty.pop(0)
        w = 1.0 if points.weights is None else float(points.weights[i])
        partition.sums[donor] -= w * x
        partition.sums[taker] = w * x
        partition.weight[donor] -= w
        partition.weight[taker] = w
        members[donor] -= 1
        partition.labels[i], partition.nearest[i] = taker, 0
    return n_empty - len(empty)


def update(partition, centers):
    """Second half-step: the mean of each cluster; a centre without points stays where it is."""
    full = partition.weight > 0
    new = centers.copy()
    new[full] = partition.sums[full] / partition.weight[full, None]
    return new


def inertia(points, partition, centers):
    r"""Inertia of the labels of `partition` with these centres, without another pass.

    With :math:`S_k` the sum and :math:`n_k` the weight of cluster k, all relative to the origin:
    :math:`\sum_i w_i \lVert x_i \rVert^2 + \sum_k (n_k \lVert c_k \rVert^2 - 2\, c_k \cdot S_k)`.
    """
    relative = centers - points.origin
    sums = partition.sums - partition.weight[:, None] * points.origin
    spread = partition.weight @ (relative**2).sum(axis=1) - 2 * (relative * sums).sum()
    return max(points.scatter + spread, 0.0)


def mean_variance(points, partition):
    """Mean over the features of their (weighted) variance, from the sums of any partition."""
    mean = partition.sums.sum(axis=0) / points.total - points.origin
    return max(points.scatter / points.total - (mean**2).sum(), 0.0) / len(mean)


def exact_inertia(points, partition, centers):
    """Inertia from the distances themselves, good even where it is tiny beside the scatter.

    `assign` finds a squared distance as a difference. Where nearly all digits cancelled, the point
    is subtracted from its centre and the difference squared instead.
    """
    cancelled = np.sqrt(np.finfo(points.X.dtype).eps)

    def one_block(rows):
        nearest = partition.nearest[rows]
        close = np.flatnonzero(nearest < cancelled * points.norms[rows])
        difference = points.X[rows][close] - centers[partition.labels[rows][close]]
        nearest[close] = squared_norms(difference)
        return weighted_sum(nearest, None if points.weights is None else points.weights[rows])

    return float(sum(points.map(one_block)))


def nearest_centers(X, centers, block_map):
    """Number of the nearest centre for each row, shape (n,), int32."""
    labels = np.empty(len(X), np.int32)
    A, b = linear_scores(centers, amid(centers), X.dtype)

    def one_block(rows):
        scores = X[rows] @ A
        scores -= b
        labels[rows] = scores.argmax(axis=1)

    for _ in block_map(one_block):
        pass
    return labels


def squared_distances(X, centers, block_map, origin, norms):
    """Squared distance of each row to each centre, shape (n, k), dtype of X.

    `norms` are the squared distances to the origin, shape (n,).
    """
    distances = np.empty((len(X), len(centers)), X.dtype)
    A, b = linear_scores(centers, origin, X.dtype)

    def one_block(rows):
        scores = X[rows] @ A
        scores -= b
        distances[rows] = np.maximum(norms[rows, None] - 2 * scores, 0)

    for _ in block_map(one_block):
        pass
    return distances
