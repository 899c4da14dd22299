"""Choosing the number of clusters: evidence for each k and a plain verdict.

Three questions are asked for each k. Are the clusters well separated (`dkm.metrics.silhouette`)?
Would another sample of the same data yield the same clusters (`dkm.metrics.stability`)? Are they
better separated than the clusters that K-Means finds in null data, that is, in reference data
without clusters but of the same size and extent? No class labels are used. Introduced in
notebook 02.
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

# Thresholds from which clusters count as stable and as better separated than by chance.
STABLE = 0.8  # mean adjusted Rand index between two halves
CLEAR = 3.0  # standard deviations above the mean silhouette of the null data
NULL_KINDS = ("normal", "box", "peak")  # kinds of null data
N_INIT = 3  # K-Means runs per fit


def evidence(
    X,
    n_clusters=range(2, 11),
    *,
    n_pairs=10,
    n_clouds=10,
    kinds=NULL_KINDS,
    max_rows=1500,
    random_state=0,
):
    """Collect the evidence for each number of clusters.

    Parameters
    ----------
    X : array-like, shape (n, d)
        Scaled so that distances are meaningful; a table should be standardised.
    n_clusters : iterable of int, default=range(2, 11)
        The values of k to try. Values above a quarter of the number of rows are skipped, so that
        half of the rows contain at least two per cluster.
    n_pairs : int, default=10
        Number of pairs of halves used to measure stability.
    n_clouds : int, default=10
        Number of null data sets of each kind; at least 2.
    kinds : iterable of str, default=("normal", "box", "peak")
        The kinds of null data to compare with; see `null_data`.
    max_rows : int, default=1500
        If X has more rows, a random sample of this size is used.
    random_state : int, Generator, RandomState or None, default=0

    Returns
    -------
    dict of str to ndarray, shape (m,)
        One value per k tried: ``k``; ``inertia``, summed over the rows used; ``silhouette``;
        ``clouds``, the mean silhouette in the kind of null data closest to the data; ``clearer``,
        the difference between the data and that null mean, in standard deviations of the null;
        ``stability`` and ``stability_sd``, the mean and standard deviation over the pairs.

    Raises
    ------
    ValueError, TypeError
        If X is not a finite table or a parameter is invalid.

    Notes
    -----
    Comparing with data without clusters is the idea of the gap statistic [1]_; SigClust [2]_ uses
    a normal distribution with the covariance of the data. Neither reference has long tails; the
    third kind of null data preserves them. The price is that a small group next to a large one
    looks like a tail and is not found.

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
        checks.check_choice("kinds", kind, NULL_KINDS)
    for k in n_clusters:
        checks.check_integer("n_clusters", k, at_least=2)
    rng = checks.random_generator(random_state)
    X = check_array(X, dtype=[np.float64, np.float32])
    if len(X) > max_rows:
        X = X[np.sort(rng.choice(len(X), max_rows, replace=False))]
    nulls = [null_data(X, n_clouds, rng, kind) for kind in kinds]
    seed = int(rng.integers(2**31))
    with warnings.catch_warnings():
        # With few distinct rows, clusters may be empty; the silhouette is then undefined.
        warnings.simplefilter("ignore", ConvergenceWarning)
        rows = [_row(X, k, nulls, n_pairs, seed) for k in n_clusters if 4 * k <= len(X)]
    names = ("k", "inertia", "silhouette", "clouds", "clearer", "stability", "stability_sd")
    return {name: np.array([row[name] for row in rows]) for name in names}


def _row(X, k, nulls, n_pairs, seed):
    """The evidence for one k."""
    kmeans = KMeans(k, n_init=N_INIT, random_state=seed)
    model = clone(kmeans).fit(X)
    silhouette = _silhouette(X, model.labels_)
    # The closest kind of null data decides. Identical null data sets have a standard deviation of
    # (almost) 0, hence the lower bound.
    comparisons = []
    for data_sets in nulls:
        values = np.array([_silhouette(each, kmeans.fit(each).labels_) for each in data_sets])
        deviation = max(values.std(ddof=1), 1e-3)
        comparisons.append(((silhouette - values.mean()) / deviation, values.mean()))
    clearer, mean = min(comparisons)
    stability = metrics.stability(kmeans, X, n_pairs=n_pairs, random_state=seed)
    return {
        "k": k,
        "inertia": model.inertia_,
        "silhouette": silhouette,
        "clouds": mean,
        "clearer": clearer,
        "stability": stability.mean(),
        "stability_sd": stability.std(),
    }


def _silhouette(X, labels):
    return metrics.silhouette(X, labels) if 1 < len(np.unique(labels)) < len(X) else np.nan


def null_data(X, n_sets, rng, kind):
    """Draw data sets without clusters that have the size and extent of X.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    n_sets : int
    rng : numpy.random.Generator
    kind : {"normal", "box", "peak"}
        ``"normal"``: normal, with the mean and covariance of X. ``"box"``: uniform over the
        bounding box of X along its principal axes. ``"peak"``: independent columns, each drawn
        from the unimodal density closest to that column of X, so that long tails are preserved.

    Returns
    -------
    list of ndarray, shape (n, d)
    """
    n = len(X)
    if kind == "peak":
        columns = [unimodal_histogram(column) for column in X.T]
        drawn = [np.column_stack([_draw(*each, n, rng) for each in columns]) for _ in range(n_sets)]
        return [sample.astype(X.dtype) for sample in drawn]
    mean = X.mean(axis=0)
    _, lengths, axes = np.linalg.svd(X - mean, full_matrices=False)
    along = (X - mean) @ axes.T
    low, high, size = along.min(axis=0), along.max(axis=0), along.shape
    drawn = [
        rng.standard_normal(size) * lengths / np.sqrt(n)
        if kind == "normal"
        else rng.uniform(low, high, size)
        for _ in range(n_sets)
    ]
    return [(sample @ axes + mean).astype(X.dtype) for sample in drawn]


def unimodal_histogram(x):
    """Least-squares fit of a unimodal histogram to x.

    Parameters
    ----------
    x : ndarray, shape (n,)

    Returns
    -------
    heights : ndarray, shape (m,)
        Fraction of the values in each bin; non-decreasing up to the mode, non-increasing after it.
    edges : ndarray, shape (m + 1,)
        Edges of about 2 sqrt(n) bins of equal width.
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
    """Suggest a number of clusters, if the evidence supports one.

    Of the k whose clusters are stable *and* better separated than in null data, the one with the
    highest silhouette is suggested.

    Parameters
    ----------
    found : dict
        From `evidence`.

    Returns
    -------
    k : int
        0 if no k is convincing.
    verdict : {"clusters", "unstable", "cloud", "too few rows"}
        ``"unstable"``: better separated than null data, but another sample would yield different
        clusters. ``"cloud"``: no better separated than null data.
    sentence : str
        The verdict in words, with the figures.
    """
    if not len(found["k"]):
        return 0, "too few rows", "There are too few rows to tell clusters from chance."
    k, verdict = most_supported(found)
    if not k:
        return 0, "cloud", "All rows are identical or nearly so: there is nothing to cluster."
    one = {name: values[found["k"] == k][0] for name, values in found.items()}
    agree = round(one["stability"], 2) + 0.0  # avoids "-0.00"
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


def most_supported(found):
    """The number of clusters with the strongest evidence, whether convincing or not.

    Parameters
    ----------
    found : dict
        From `evidence`.

    Returns
    -------
    k : int
        The k that the sentence of `suggest` refers to; 0 if there is no evidence for any k.
    verdict : {"clusters", "unstable", "cloud"}
    """
    clear = found["clearer"] >= CLEAR
    good = clear & (found["stability"] >= STABLE)
    verdict = "clusters" if good.any() else "unstable" if clear.any() else "cloud"
    candidates = good if good.any() else clear if clear.any() else np.isfinite(found["silhouette"])
    if not candidates.any():
        return 0, verdict
    return int(found["k"][candidates][found["silhouette"][candidates].argmax()]), verdict
