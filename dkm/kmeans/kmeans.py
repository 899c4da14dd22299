"""K-Means by Lloyd's algorithm, with the scikit-learn interface."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dkm._util import blocks, checks
from dkm.kmeans import lloyd
from dkm.kmeans.base import CentroidClusterer, check_init, first_centers, warn_of_empty_clusters


class KMeans(CentroidClusterer):
    r"""K-Means clustering by Lloyd's algorithm.

    Minimises the inertia :math:`J(C, a) = \sum_i w_i \lVert x_i - c_{a_i} \rVert^2`, alternating
    between the labels :math:`a` and the centres :math:`C` [1]_. Introduced in notebook 01.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {"greedy-k-means++", "k-means++", "random"} or array-like, shape (n_clusters, d)
        Initialisation of the centres: greedy k-means++, that is k-means++ [2]_ with several
        candidates per step (scikit-learn's "k-means++"); k-means++ with a single candidate, as in
        the paper; distinct random rows; or the given centres.
    n_init : int, default=10
        Number of runs with different initial centres; the run with the lowest final inertia is
        kept. If `init` is an array, there is a single run.
    max_iter : int, default=300
        Maximum number of iterations per run; each consists of an assignment and an update.
    tol : float, default=1e-4
        A run also stops when the sum of the squared centre shifts in an iteration is at most
        `tol` times the mean variance of the features. With 0, it stops when no label changes.
    random_state : int, Generator, RandomState or None, default=None
        Determines the random initialisation. Pass an integer for reproducible labels.
    verbose : int, default=0
        With 1, print a line for each run.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, d), dtype of X
    labels_ : ndarray of int32, shape (n,)
        Index of the nearest of `cluster_centers_` for each row.
    inertia_ : float
        (Weighted) sum of squared distances to the nearest centre.
    n_iter_ : int
        Number of iterations of the best run.
    history_ : dict of ndarray, each of shape ``(n_iter_,)``
        Inertia of the best run after each step: ``history_["assignment"]`` and
        ``history_["update"]``.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Only if X has column names.

    Notes
    -----
    An iteration costs :math:`2\,n\,k\,d` operations. Besides X, memory is needed for about four
    values per row (and 2 + ln k more during initialisation). float32 data are processed in
    float32, all other data in float64. A floating-point `numpy.memmap` is read in blocks and never
    copied as a whole.

    An empty cluster receives the point that is farthest from its own centre. If X has fewer
    distinct rows than `n_clusters`, some clusters remain empty and a ConvergenceWarning is issued.

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
        """Compute the clustering of X.

        Parameters
        ----------
        X : array-like or memmap, shape (n, d)
        y : ignored
        sample_weight : array-like, shape (n,), optional
            A row of integer weight w counts as w identical rows.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter is invalid, or X is not a finite numeric table with at least
            `n_clusters` rows.

        Warns
        -----
        ConvergenceWarning
            If some clusters are empty.
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
            points = lloyd.prepare(X, weights, block_map)
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
    """Run Lloyd's algorithm once from the given centres.

    Returns
    -------
    centers : ndarray, shape (k, d), dtype of X
    labels : ndarray of int32, shape (n,)
        Index of the nearest of these centres for each row.
    inertia : float
    history : list of (float, float)
        Inertia after the assignment and after the update in each iteration.
    """
    centers = centers.astype(np.float64)
    partition = lloyd.Partition.unassigned(points, len(centers))
    history = []
    for _ in range(max_iter):
        changed, inertia = lloyd.assign(points, partition, centers)
        tolerance = tol * lloyd.mean_variance(points, partition)
        before, empty = centers, np.flatnonzero(partition.weight == 0)
        centers, saved = lloyd.reseed(points, partition, centers, empty)
        centers, more = lloyd.update(partition, centers)
        history.append((inertia, max(inertia - saved - more, 0.0)))
        if not (changed or saved) or ((centers - before) ** 2).sum() <= tolerance:
            break
    centers = centers.astype(points.X.dtype)
    _, inertia = lloyd.assign(points, partition, centers)
    return centers, partition.labels, inertia, history
