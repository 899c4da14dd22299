"""How many clusters, and whether there are any: evidence for each k, and a plain verdict.

Three questions are asked of each k. Are the clusters clear (`dkm.metrics.silhouette`)? Would
another sample of the same data give them again (`dkm.metrics.stability`)? And are they clearer than
those that K-Means finds in a cloud without clusters, of the same size and extent? No known classes
are used. Introduced in notebook 02.
"""

import warnings

import numpy as np
from scipy.optimize import isotonic_regression
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array

from dkm._util import checks
from dkm.evaluation import metrics
from dkm.kmeans import KMeans

STABLE = 0.8  # mean adjusted Rand index of two halves, from which clusters count as stable
CLEAR = 3.0  # standard deviations above the clouds, from which clusters count as more than chance
KINDS = ("normal", "box", "peak")  # of clouds without clusters
STARTS = 3  # of K-Means in each fit


def evidence(
    X,
    n_clusters=range(2, 11),
    *,
    n_pairs=10,
    n_clouds=10,
    kinds=KINDS,
    max_rows=1500,
    random_state=0,
):
    """What speaks for each number of clusters.

    Parameters
    ----------
    X : array-like, shape (n, d)
        In the units in which distances are to be compared, for a table standardised.
    n_clusters : iterable of int, default=range(2, 11)
        The numbers to try. Those above a quarter of the rows are left out: half of the rows must
        still hold two for each cluster.
    n_pairs : int, default=10
        Pairs of halves for the stability.
    n_clouds : int, default=10
        Clouds without clusters, of each kind; at least 2.
    kinds : iterable of str, default=("normal", "box", "peak")
        The kinds of `clouds` that the data are compared with.
    max_rows : int, default=1500
        Of more rows, so many are drawn at random.
    random_state : int, Generator, RandomState or None, default=0

    Returns
    -------
    dict of str to ndarray, shape (m,)
        One value for each k that was tried: ``k``; ``inertia`` (sum over the rows that were used);
        ``silhouette``; ``clouds``, the mean silhouette in the kind of cloud that comes nearest;
        ``clearer``, by how many standard deviations of those clouds the data are above them;
        ``stability`` and ``stability_sd``, mean and standard deviation over the pairs.

    Raises
    ------
    ValueError, TypeError
        If X is no finite table or a number is out of range.

    Notes
    -----
    To compare with data without clusters is the idea of the gap statistic [1]_; a normal cloud of
    the same covariance is the reference of SigClust [2]_. Neither has long tails; the third kind
    keeps them. Its price: a small group beside a large one looks like a tail and is not found.

    References
    ----------
    .. [1] R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set
       via the gap statistic", Journal of the Royal Statistical Society B 63, 2001.
    .. [2] Y. Liu, D. N. Hayes, A. Nobel and J. S. Marron, "Statistical significance of clustering
       for high-dimension, low-sample size data", JASA 103, 2008.
    """
    checks.check_integer("n_pairs", n_pairs, at_least=2)
    checks.check_integer("n_clouds", n_clouds, at_least=2)
    checks.check_integer("max_rows", max_rows, at_least=8)
    for kind in kinds:
        checks.check_choice("kinds", kind, KINDS)
    for k in n_clusters:
        checks.check_integer("n_clusters", k, at_least=2)
    rng = checks.random_generator(random_state)
    X = check_array(X, dtype=[np.float64, np.float32])
    if len(X) > max_rows:
        X = X[np.sort(rng.choice(len(X), max_rows, replace=False))]
    drawn = [clouds(X, n_clouds, rng, kind) for kind in kinds]
    seed = int(rng.integers(2**31))
    with warnings.catch_warnings():
        # Few different rows show as empty clusters, and these as a silhouette that is not defined.
        warnings.simplefilter("ignore", ConvergenceWarning)
        rows = [_row(X, k, drawn, n_pairs, seed) for k in n_clusters if 4 * k <= len(X)]
    names = ("k", "inertia", "silhouette", "clouds", "clearer", "stability", "stability_sd")
    return {name: np.array([row[name] for row in rows]) for name in names}


def _row(X, k, drawn, n_pairs, seed):
    """The evidence for one k."""
    kmeans = KMeans(k, n_init=STARTS, random_state=seed)
    model = clone(kmeans).fit(X)
    silhouette = _silhouette(X, model.labels_)
    # The kind of cloud that comes nearest decides; equal clouds have a deviation of almost nothing.
    against = []
    for same_kind in drawn:
        values = np.array([_silhouette(each, kmeans.fit(each).labels_) for each in same_kind])
        deviation = max(values.std(ddof=1), 1e-3)
        against.append(((silhouette - values.mean()) / deviation, values.mean()))
    clearer, mean = min(against)
    stable = metrics.stability(kmeans, X, n_pairs=n_pairs, random_state=seed)
    return {
        "k": k,
        "inertia": model.inertia_,
        "silhouette": silhouette,
        "clouds": mean,
        "clearer": clearer,
        "stability": stable.mean(),
        "stability_sd": stable.std(),
    }


def _silhouette(X, labels):
    return metrics.silhouette(X, labels) if 1 < len(np.unique(labels)) < len(X) else np.nan


def clouds(X, n_clouds, rng, kind):
    """Tables without clusters that are as large and as extended as X.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    n_clouds : int
    rng : numpy.random.Generator
    kind : {"normal", "box", "peak"}
        ``"normal"``: with the mean and covariance of X. ``"box"``: even over the box that X fills
        along its principal axes. ``"peak"``: columns independent of each other, each from the
        density with a single peak that is nearest to the column, so that long tails are kept.

    Returns
    -------
    list of ndarray, shape (n, d)
    """
    n = len(X)
    if kind == "peak":
        columns = [single_peak(column) for column in X.T]
        drawn = [
            np.column_stack([_draw(*each, n, rng) for each in columns]) for _ in range(n_clouds)
        ]
        return [cloud.astype(X.dtype) for cloud in drawn]
    mean = X.mean(axis=0)
    _, lengths, axes = np.linalg.svd(X - mean, full_matrices=False)
    along = (X - mean) @ axes.T
    low, high, size = along.min(axis=0), along.max(axis=0), along.shape
    drawn = [
        rng.standard_normal(size) * lengths / np.sqrt(n)
        if kind == "normal"
        else rng.uniform(low, high, size)
        for _ in range(n_clouds)
    ]
    return [(cloud @ axes + mean).astype(X.dtype) for cloud in drawn]


def single_peak(x):
    """The histogram with a single peak that is nearest to that of x, by least squares.

    Parameters
    ----------
    x : ndarray, shape (n,)

    Returns
    -------
    heights : ndarray, shape (m,)
        Share of the values in each bin; rises to a peak and falls from there.
    edges : ndarray, shape (m + 1,)
        Of about 2 sqrt(n) bins of equal width.
    """
    counts, edges = np.histogram(x, max(10, int(2 * np.sqrt(len(x)))))
    counts = counts / len(x)
    fits = [
        np.concatenate(
            [
                isotonic_regression(counts[:peak]).x,
                isotonic_regression(counts[peak:], increasing=False).x,
            ]
        )
        for peak in range(1, len(counts))
    ]
    return min(fits, key=lambda fit: ((fit - counts) ** 2).sum()), edges


def _draw(heights, edges, n, rng):
    bins = rng.choice(len(heights), n, p=heights / heights.sum())
    return edges[bins] + rng.random(n) * np.diff(edges)[bins]


def suggest(found):
    """The number of clusters that the evidence speaks for, if it speaks for any.

    Of the k whose clusters are stable *and* clearer than in clouds without clusters, the one with
    the greatest silhouette.

    Parameters
    ----------
    found : dict
        From `evidence`.

    Returns
    -------
    k : int
        0 where no k is convincing.
    verdict : {"clusters", "unstable", "cloud", "too few rows"}
        ``"unstable"``: clearer than a cloud, but another sample would be divided otherwise.
        ``"cloud"``: no clearer than a cloud without clusters.
    sentence : str
        The same in words, with the figures.
    """
    if not len(found["k"]):
        return 0, "too few rows", "There are too few rows to tell clusters from chance."
    k, verdict = foremost(found)
    if not k:
        return 0, "cloud", "All rows are equal, or nearly so: there is nothing to divide."
    one = {name: values[found["k"] == k][0] for name, values in found.items()}
    agree = round(one["stability"], 2) + 0.0  # no "-0.00"
    figures = (
        f"k = {one['k']}: silhouette {one['silhouette']:.2f}, in clouds without clusters "
        f"{one['clouds']:.2f}; two halves of the rows agree to {agree:.2f} (ARI)"
    )
    sentence = {
        "clusters": f"{one['k']} clusters, clearer than chance and stable. {figures}.",
        "unstable": "No stable clusters here: the rows are not one cloud, but another sample of "
        f"them would be divided otherwise. {figures}.",
        "cloud": "No clusters here: what K-Means finds is no clearer than in a cloud without any. "
        f"{figures}.",
    }[verdict]
    return (k if verdict == "clusters" else 0), verdict, sentence


def foremost(found):
    """The number of clusters that most speaks for, convincing or not.

    Parameters
    ----------
    found : dict
        From `evidence`.

    Returns
    -------
    k : int
        The one that the sentence of `suggest` is about; 0 where nothing can be told of any.
    verdict : {"clusters", "unstable", "cloud"}
    """
    clear = found["clearer"] >= CLEAR
    good = clear & (found["stability"] >= STABLE)
    verdict = "clusters" if good.any() else "unstable" if clear.any() else "cloud"
    among = good if good.any() else clear if clear.any() else np.isfinite(found["silhouette"])
    if not among.any():
        return 0, verdict
    return int(found["k"][among][found["silhouette"][among].argmax()]), verdict
