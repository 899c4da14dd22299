"""K-Means by Lloyd's algorithm, with the scikit-learn interface."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dkm._util import blocks, checks
from dkm.kmeans import lloyd
from dkm.kmeans.base import CentroidClusterer, check_init, first_centers, warn_of_empty_clusters


class KMeans(CentroidClusterer):
    r"""K-Means clustering by Lloyd's algorithm.

    Minimises the inertia :math:`J(C, a) = \sum_i w_i \lVert x_i - c_{a_i} \rVert^2` in turns over
    the labels :math:`a` and the centres :math:`C` [1]_. Introduced in notebook 01.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {"greedy-k-means++", "k-means++", "random"} or array-like, shape (n_clusters, d)
        How the first centres are chosen: by k-means++ [2]_ with several candidates a step (what
        scikit-learn calls "k-means++"), with one candidate as in the paper, as random different
        rows, or given.
    n_init : int, default=10
        Number of starts; the one that ends with the least inertia is kept. Given centres are
        started from once.
    max_iter : int, default=300
        Iterations of a start at most; each is an assignment and an update.
    tol : float, default=1e-4
        A start also ends when the centres move, in an iteration, by a sum of squares of at most
        `tol` times the mean variance of the features. With 0 it ends when no label changes.
    random_state : int, Generator, RandomState or None, default=None
        Source of the random starts. The same integer gives the same labels.
    verbose : int, default=0
        With 1, a line for each start.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, d), dtype of X
    labels_ : ndarray of int32, shape (n,)
        The nearest of `cluster_centers_` for each row.
    inertia_ : float
        (Weighted) sum of squared distances to these centres.
    n_iter_ : int
        Iterations of the start that was kept.
    history_ : dict of ndarray, each of shape ``(n_iter_,)``
        Inertia after each half-step: ``history_["assignment"]`` and ``history_["update"]``.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    Cost of an iteration: :math:`2\,n\,k\,d` operations. Apart from X, memory is needed for about
    four numbers a row (for seeding, 2 + ln k more). float32 stays float32, all else is computed in
    float64; a `numpy.memmap` of floats is read in blocks and never copied whole.

    An empty cluster receives the point that is farthest from its own centre. If X has fewer
    different rows than `n_clusters`, clusters stay empty and a ConvergenceWarning says so.

    References
    ----------
    .. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28, 1982.
    .. [2] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", 2007.

    Examples
    --------
    >>> from dkm import KMeans, datasets
    >>> digits = datasets.load("digits")
    >>> kmeans = KMeans(n_clusters=10, random_state=0).fit(digits.X)
    >>> kmeans.labels_.shape
    (1797,)
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | ArrayLike = "greedy-k-means++",
        n_init: int = 10,
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: checks.RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Find the clusters of X.

        Parameters
        ----------
        X : array-like or memmap, shape (n, d)
        y : ignored
        sample_weight : array-like, shape (n,), optional
            An integer weight counts as so many equal rows.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter is out of range, or X is no finite numeric table with at least
            `n_clusters` rows.

        Warns
        -----
        ConvergenceWarning
            If fewer clusters than `n_clusters` have points.
        """
        checks.check_integer("n_init", self.n_init, at_least=1)
        checks.check_integer("max_iter", self.max_iter, at_least=1)
        checks.check_real("tol", self.tol, at_least=0)
        checks.check_integer("verbose", self.verbose, at_least=0)
        checks.check_integer("n_clusters", self.n_clusters, at_least=1)
        rng = checks.random_generator(self.random_state)
        X = checks.check_data(self, X, reset=True)
        weights = checks.check_weights(sample_weight, X)
        checks.check_n_clusters(self.n_clusters, X, weights)
        given = check_init(self.init, self.n_clusters, X)

        with blocks.over(len(X), X.shape[1] + self.n_clusters) as block_map:
            points = lloyd.gather(X, weights, block_map)
            self.inertia_ = np.inf
            for start in range(self.n_init if given is None else 1):
                centers = first_centers(self.init, points, self.n_clusters, rng, given)
                centers, labels, inertia, history = run_lloyd(
                    points, centers, self.max_iter, self.tol
                )
                if self.verbose:
                    print(f"start {start}: inertia {inertia:.6g} after {len(history)} iterations")
                if inertia < self.inertia_:
                    self.cluster_centers_, self.labels_, self.inertia_ = centers, labels, inertia
                    self.n_iter_, steps = len(history), np.array(history).T
        self.history_ = dict(zip(("assignment", "update"), steps, strict=True))
        warn_of_empty_clusters(self.labels_, self.n_clusters, X.dtype)
        return self


def run_lloyd(points, centers, max_iter, tol):
    """One start of Lloyd's algorithm.

    Returns
    -------
    centers : ndarray, shape (k, d), dtype of X
    labels : ndarray of int32, shape (n,)
        The nearest of these centres for each row.
    inertia : float
    history : list of (float, float)
        Inertia after the assignment and after the update of each iteration.
    """
    centers = centers.astype(np.float64)
    partition = lloyd.Partition.unassigned(points, len(centers))
    history = []
    for _ in range(max_iter):
        changed, inertia = lloyd.assign(points, partition, centers)
        enough = tol * lloyd.mean_variance(points, partition)
        before, empty = centers, np.flatnonzero(partition.weight == 0)
        centers, saved = lloyd.reseed(points, partition, centers, empty)
        centers, more = lloyd.update(partition, centers)
        history.append((inertia, max(inertia - saved - more, 0.0)))
        if not (changed or saved) or ((centers - before) ** 2).sum() <= enough:
            break
    centers = centers.astype(points.X.dtype)
    _, inertia = lloyd.assign(points, partition, centers)
    return centers, partition.labels, inertia, history
