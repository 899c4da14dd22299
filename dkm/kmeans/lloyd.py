r"""The two steps of Lloyd's algorithm, for data of any length.

Lloyd's algorithm [1]_ minimises the inertia
:math:`J(C, a) = \sum_i w_i \lVert x_i - c_{a_i}\rVert^2` by alternating between two steps:
`assign` chooses the labels :math:`a` for fixed centres, `update` the centres :math:`C` for fixed
labels. Three design decisions make it fast on large data without changing the result:

- The nearest centre of :math:`x` is the one with the highest score
  :math:`s_k = x \cdot c_k - \frac12 \lVert c_k \rVert^2`, because
  :math:`\lVert x - c_k \rVert^2 = \lVert x \rVert^2 - 2 s_k`. One matrix product therefore covers
  all points and centres. The centres are taken relative to an origin inside the data, so that data
  far from zero do not lose precision.
- The sum of the points in each cluster is kept between iterations and only corrected for
  reassigned points, of which there are soon few.
- Data are read in blocks (`dkm._util.blocks`), so X may be a `numpy.memmap` larger than memory.

References
----------
.. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28, 1982.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from dkm._util.blocks import slices


@dataclass(frozen=True)
class Points:
    """The data, with the quantities that every pass over them needs.

    Attributes
    ----------
    X : ndarray or memmap, shape (n, d), float32 or float64
    weights : ndarray, shape (n,), or None
        None for unit weights.
    map : callable
        Maps a function over blocks of rows; see `dkm._util.blocks`.
    origin : ndarray, shape (d,), float64
        See `choose_origin`.
    norms : ndarray, shape (n,), dtype of X
        Squared distance from each point to the origin.
    scatter : float
        Weighted sum of `norms`.
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


def choose_origin(X):
    """A point inside the data, shape (d,), float64: the median of up to 2000 rows per coordinate.

    Each coordinate occurs in some row. Data on a grid, such as grey levels, are therefore also on
    a grid relative to this origin, and a point equidistant from two centres remains so exactly.
    """
    sample = X[:: max(1, len(X) // 1000)]
    middle = (len(sample) - 1) // 2
    return np.partition(sample, middle, axis=0)[middle].astype(np.float64)


def prepare(X, weights, block_map):
    """Compute the `Points` of X in one pass; raise an error if squares overflow."""
    total = float(len(X)) if weights is None else float(weights.sum(dtype=np.float64))
    norms = np.empty(len(X), X.dtype)

    def one_block(rows):
        norms[rows] = squared_norms(X[rows] - origin.astype(X.dtype))
        return weighted_sum(norms[rows], None if weights is None else weights[rows])

    with np.errstate(over="ignore", invalid="ignore"):
        origin = choose_origin(X)
        scatter = float(sum(block_map(one_block)))
    if not np.isfinite(scatter):
        raise ValueError(
            f"X contains values so large (up to {max(abs(X.min()), abs(X.max())):.2g}) that "
            f"squared distances overflow {X.dtype}. Rescale X, for example with "
            "sklearn.preprocessing.StandardScaler."
        )
    return Points(X, weights, block_map, origin, norms, scatter, total)


def squared_norms(x):
    """Squared Euclidean norm of each row of x, shape (m, d)."""
    return np.einsum("ij,ij->i", x, x)


def weighted_sum(values, weights):
    """Sum of the values in float64, weighted if `weights` is not None."""
    values = values.astype(np.float64)
    return values.sum() if weights is None else values @ weights


@dataclass
class Partition:
    """The current clustering during a run.

    Attributes
    ----------
    labels : ndarray of int32, shape (n,)
        -1 before the first assignment.
    nearest : ndarray, shape (n,), dtype of X
        Squared distance from each point to its centre.
    sums : ndarray, shape (k, d), float64
        Weighted sum of the points in each cluster.
    weight : ndarray, shape (k,), float64
        Total weight of each cluster.
    """

    labels: np.ndarray
    nearest: np.ndarray
    sums: np.ndarray
    weight: np.ndarray

    @classmethod
    def unassigned(cls, points, n_clusters):
        """A partition in which no point has been assigned yet."""
        n, d = points.X.shape
        labels, nearest = np.full(n, -1, np.int32), np.zeros(n, points.X.dtype)
        return cls(labels, nearest, np.zeros((n_clusters, d)), np.zeros(n_clusters))


def linear_scores(centers, origin, dtype):
    r"""Matrix A, shape (d, k), and vector b, shape (k,), such that ``x @ A - b`` are the scores.

    With :math:`c'_k = c_k - o`, the squared distance to centre k is
    :math:`\lVert x - o \rVert^2 - 2\,(x \cdot c'_k - b_k)` for
    :math:`b_k = o \cdot c'_k + \frac12 \lVert c'_k \rVert^2`.
    """
    relative = centers.astype(np.float64) - origin
    b = relative @ origin + (relative**2).sum(axis=1) / 2
    return np.ascontiguousarray(relative.T, dtype), b.astype(dtype)


def change_of_sums(x, weights, new, old, n_clusters):
    """Change in the weighted cluster sums when the rows of x are reassigned, shape (k, d).

    Parameters
    ----------
    x : ndarray, shape (m, d)
    weights : ndarray, shape (m,), or None
    new, old : ndarray of int, shape (m,)
        Cluster of each row after and before the reassignment; -1 for none.
    n_clusters : int
    """
    weights = np.ones(len(x), x.dtype) if weights is None else weights
    # Column i of this k x m matrix has +w at the new and -w at the old cluster of row i.
    cluster = np.column_stack([new, np.maximum(old, 0)]).ravel()
    sign = np.column_stack([weights, np.where(old < 0, 0, -weights)]).ravel()
    return csc_array((sign, cluster, np.arange(0, 2 * len(x) + 1, 2)), (n_clusters, len(x))) @ x


def assign(points, partition, centers):
    """Assignment step: assign each point to its nearest centre, the first one in case of a tie.

    Updates `partition` in place. Where the expanded form of a squared distance loses most of its
    digits to cancellation, the distance is recomputed from the difference between point and
    centre, so that the inertia is accurate even if it is tiny.

    Returns
    -------
    changed : int
        Number of reassigned points.
    inertia : float
    """
    X, weights, n_clusters = points.X, points.weights, len(centers)
    A, b = linear_scores(centers, points.origin, X.dtype)
    cancelled = np.sqrt(np.finfo(X.dtype).eps)

    def one_block(rows):
        x, old, norms = X[rows], partition.labels[rows].copy(), points.norms[rows]
        scores = x @ A
        scores -= b
        new = scores.argmax(axis=1)
        nearest = norms - 2 * scores[np.arange(len(new)), new]
        close = np.flatnonzero(nearest < cancelled * norms)
        nearest[close] = squared_norms(x[close] - centers[new[close]])
        partition.labels[rows], partition.nearest[rows] = new, nearest
        w = None if weights is None else weights[rows]
        weight, inertia = np.bincount(new, w, n_clusters), weighted_sum(nearest, w)
        moved = np.flatnonzero(new != old)
        if not len(moved):
            return weight, inertia, 0, 0
        if len(moved) < len(x):
            x, new, old, w = x[moved], new[moved], old[moved], None if w is None else w[moved]
        return weight, inertia, len(moved), change_of_sums(x, w, new, old, n_clusters)

    total, changed, partition.weight[:] = 0.0, 0, 0
    for weight, inertia, n_moved, sums in points.map(one_block):
        partition.weight += weight
        partition.sums += sums
        total += inertia
        changed += n_moved
    partition.sums[partition.weight == 0] = 0  # remove rounding residue
    return changed, float(total)


def reseed(points, partition, centers, empty):
    """Move the centre of each cluster in `empty` to the point farthest from its own centre.

    That point becomes the only member of the cluster. A cluster stays empty if all remaining
    points coincide with their centres, that is, if X has fewer distinct rows than there are
    clusters. Updates `partition` in place.

    Returns
    -------
    centers : ndarray, shape (k, d), float64
        The centres, with the reseeded ones moved.
    saved : float
        Decrease in inertia.
    """
    empty, saved = list(empty), 0.0
    if not empty:
        return centers, saved
    centers, weights = centers.copy(), points.weights
    counts = weights is None or weights > 0
    members = np.bincount(partition.labels, np.broadcast_to(counts, len(points.X)), len(centers))
    # Among this many points, at most one per cluster must stay: the last member of its cluster.
    n_worst = min(len(points.X), len(empty) + len(centers))
    distance = np.where(counts, partition.nearest, -1)
    worst = np.argpartition(distance, -n_worst)[-n_worst:]
    for i in worst[np.argsort(-distance[worst], kind="stable")]:
        if not empty:
            break
        donor, x = partition.labels[i], points.X[i].astype(np.float64)
        gap = ((x - centers[donor]) ** 2).sum()
        noise = (16 * np.finfo(points.X.dtype).eps) ** 2 * (x @ x)
        if members[donor] < 2 or gap <= noise:
            continue
        recipient, w = empty.pop(0), 1.0 if weights is None else float(weights[i])
        partition.sums[donor] -= w * x
        partition.weight[donor] -= w
        members[donor] -= 1
        partition.sums[recipient], partition.weight[recipient] = w * x, w
        centers[recipient] = x
        partition.labels[i], partition.nearest[i] = recipient, 0
        saved += w * gap
    return centers, saved


def update(partition, centers):
    r"""Update step: move each centre to the mean of its cluster; empty clusters keep their centre.

    Returns
    -------
    centers : ndarray, shape (k, d), float64
    saved : float
        Decrease in inertia: :math:`\sum_k n_k \lVert c_k - c_k' \rVert^2`, where the centres
        :math:`c_k` of clusters of weight :math:`n_k` move to the means :math:`c_k'`.
    """
    full = partition.weight > 0
    new = centers.copy()
    new[full] = partition.sums[full] / partition.weight[full, None]
    return new, float(partition.weight @ ((new - centers) ** 2).sum(axis=1))


def mean_variance(points, partition):
    """Mean over the features of their (weighted) variance, from the sums of any partition."""
    mean = partition.sums.sum(axis=0) / points.total - points.origin
    return max(points.scatter / points.total - (mean**2).sum(), 0.0) / len(mean)


def nearest_centers(X, centers, block_map):
    """Index of the nearest centre for each row, shape (n,), int32."""
    labels = np.empty(len(X), np.int32)
    A, b = linear_scores(centers, choose_origin(centers), X.dtype)

    def one_block(rows):
        scores = X[rows] @ A
        scores -= b
        labels[rows] = scores.argmax(axis=1)

    for _ in block_map(one_block):
        pass
    return labels


def squared_distances(X, centers, block_map, origin, norms):
    """Squared distances from each row to every centre, shape (n, k), dtype of X.

    `norms` are the squared distances to `origin`, shape (n,). As in `assign`, small distances are
    recomputed from the difference.
    """
    distances = np.empty((len(X), len(centers)), X.dtype)
    A, b = linear_scores(centers, origin, X.dtype)
    cancelled = np.sqrt(np.finfo(X.dtype).eps)

    def one_block(rows):
        x, d = X[rows], distances[rows]
        np.subtract(norms[rows, None], 2 * (x @ A - b), out=d)
        close = d < cancelled * norms[rows, None]
        for k in np.flatnonzero(close.any(axis=0)):
            near = close[:, k]
            d[near, k] = squared_norms(x[near] - centers[k])

    for _ in block_map(one_block):
        pass
    return distances


def distances_to(centers, X, clusters):
    """Euclidean distance of each row to one centre, shape (n,).

    Taken from the differences themselves, so that the distance of a row depends on no other row.

    Parameters
    ----------
    centers : ndarray, shape (k, d)
    X : ndarray, shape (n, d)
    clusters : ndarray of int, shape (n,)
        Which centre, for each row.
    """
    blocks = slices(len(X), X.shape[1])
    parts = [np.linalg.norm(X[b] - centers[clusters[b]], axis=1) for b in blocks]
    return np.concatenate(parts).astype(np.float64, copy=False)
