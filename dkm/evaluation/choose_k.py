"""Choosing the number of clusters: evidence for each k, and a degree that a seed does not change.

Three questions are asked for each k. Are the clusters well separated (`dkm.metrics.silhouette`)?
Would another sample of the same data yield the same clusters (`dkm.metrics.stability`)? Are they
better separated than the clusters that K-Means finds in null data, that is, in reference data
without clusters but of the same size and extent? The answers are averages over random draws; draws
are added until an answer is clearly on one side of its limit, or a budget is spent. No class labels
are used. Introduced in notebook 02.
"""

import warnings
from itertools import islice
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import t as student
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array

from dkm._util import checks
from dkm.evaluation import metrics
from dkm.kmeans import KMeans


class Degree(NamedTuple):
    """What clusters must reach to be evidence of one degree."""

    name: str
    separation: float  # standard deviations of the null silhouette above its mean
    stability: float  # mean adjusted Rand index between two halves
    margin: float  # silhouette above the mean of the null data


DEGREES = (
    Degree("none", -np.inf, -np.inf, -np.inf),
    Degree("weak", 3.0, 0.7, 0.0),
    Degree("moderate", 3.0, 0.8, 0.05),
    Degree("strong", 3.0, 0.9, 0.1),
)
MEASURES, ENDS = ("separation", "stability", "margin"), ("", "_low", "_high")
NULL_KINDS = ("normal", "box", "peak")  # kinds of null data
N_INIT = 3  # K-Means runs per fit; ten for the clusters that are judged
PAIRS, NULL_SETS = 6, 5  # drawn at a time
CONFIDENCE = 0.99  # of the intervals that have to clear a limit
TIE = 0.01  # silhouettes that differ by less are equally good


def evidence(
    X,
    n_clusters=range(2, 11),
    *,
    max_pairs=60,
    max_null_sets=30,
    kinds=NULL_KINDS,
    max_rows=2000,
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
    max_pairs : int, default=60
        At most so many pairs of halves measure the stability of one k. Six are drawn for each, and
        more only where the degree of the evidence depends on them.
    max_null_sets : int, default=30
        At most so many null data sets of each kind, at least 5. Five are drawn, and more only where
        the degree depends on them.
    kinds : iterable of str, default=("normal", "box", "peak")
        The kinds of null data to compare with; see `null_data`.
    max_rows : int, default=2000
        If X has more rows, a random sample of this size is used.
    random_state : int, Generator, RandomState or None, default=0

    Returns
    -------
    dict of str to ndarray, shape (m,)
        One value per k tried: ``k``; ``inertia``, summed over the rows used; ``silhouette``;
        ``margin``, by how much it exceeds the mean silhouette of null data; ``separation``, the
        same in standard deviations of the null silhouette; ``stability``, the mean agreement of
        two halves. The kind of null data with the smallest margin or separation counts; ``null``
        is the mean silhouette of the kind with the smallest separation. ``margin``,
        ``separation`` and ``stability`` come with the ends of their 99 % intervals, such as
        ``stability_low`` and ``stability_high``. ``stability_sd`` is the standard deviation of
        the agreement; ``pairs`` and ``null_sets`` tell how many were drawn.

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

    The silhouettes of null data vary alike for all k, so their standard deviation is pooled.

    References
    ----------
    .. [1] R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set
       via the gap statistic", Journal of the Royal Statistical Society B 63, 2001.
    .. [2] Y. Liu, D. N. Hayes, A. Nobel and J. S. Marron, "Statistical significance of clustering
       for high-dimension, low-sample size data", JASA 103, 2008.
    """
    checks.check_integer("max_pairs", max_pairs, at_least=2)
    checks.check_integer("max_null_sets", max_null_sets, at_least=NULL_SETS)
    checks.check_integer("max_rows", max_rows, at_least=8)
    kinds, n_clusters = list(kinds), list(n_clusters)
    for kind in kinds:
        checks.check_choice("kinds", kind, NULL_KINDS)
    for k in n_clusters:
        checks.check_integer("n_clusters", k, at_least=2)
    rng = checks.random_generator(random_state)
    X = check_array(X, dtype=[np.float64, np.float32])
    if len(X) > max_rows:
        X = X[np.sort(rng.choice(len(X), max_rows, replace=False))]
    reference = NullData(X, kinds, rng)
    with warnings.catch_warnings():
        # With few distinct rows, clusters may be empty; the silhouette is then undefined.
        warnings.simplefilter("ignore", ConvergenceWarning)
        pairs = min(PAIRS, max_pairs)
        tried = [Tried(X, k, reference, rng, pairs) for k in n_clusters if 4 * k <= len(X)]
        found = _summary(tried)
        while draw := _undecided(found, tried, max_pairs, max_null_sets):
            for each, pairs, null_sets in draw:
                each.draw(pairs, null_sets)
            found = _summary(tried)
    return found


class NullData:
    """Null data of some kinds, drawn once and shared by all k."""

    def __init__(self, X, kinds, rng):
        self.sources = [null_data(X, rng, kind) for kind in kinds]
        self.drawn = [[] for _ in self.sources]

    def sets(self, start, stop):
        """For each kind, the sets from `start` to `stop`."""
        for source, drawn in zip(self.sources, self.drawn, strict=True):
            drawn += islice(source, max(0, stop - len(drawn)))
        return [drawn[start:stop] for drawn in self.drawn]


class Tried:
    """One k: its clusters, and the draws so far."""

    def __init__(self, X, k, reference, rng, pairs):
        self.X, self.k, self.reference = X, k, reference
        self.rng = np.random.default_rng(rng.integers(2**63))
        model = self._kmeans(10).fit(X)
        self.inertia, self.silhouette = model.inertia_, _silhouette(X, model.labels_)
        self.agreements = np.empty(0)  # shape (pairs,)
        self.null = np.empty((len(reference.sources), 0))  # silhouettes, shape (kinds, sets)
        self.draw(pairs, NULL_SETS)

    def draw(self, pairs, null_sets):
        """Measure the agreement of more halves, and the silhouette of more null data."""
        if pairs:
            new = metrics.stability(
                self._kmeans(N_INIT), self.X, n_pairs=pairs, random_state=self.rng
            )
            self.agreements = np.append(self.agreements, new)
        if null_sets:
            have = self.null.shape[1]
            sets = self.reference.sets(have, have + null_sets)
            new = [
                [_silhouette(each, self._kmeans(N_INIT).fit(each).labels_) for each in of_one_kind]
                for of_one_kind in sets
            ]
            self.null = np.concatenate([self.null, new], axis=1)

    def _kmeans(self, n_init):
        return KMeans(self.k, n_init=n_init, random_state=int(self.rng.integers(2**31)))


def _silhouette(X, labels):
    return metrics.silhouette(X, labels) if 1 < len(np.unique(labels)) < len(X) else np.nan


def _summary(tried):
    """What `evidence` returns, from all draws so far."""
    rows = []
    if tried:
        free = sum(each.null.shape[1] - 1 for each in tried)  # degrees of freedom
        squares = [each.null.var(axis=1, ddof=1) * (each.null.shape[1] - 1) for each in tried]
        # Identical null data sets have a standard deviation of (almost) 0.
        deviations = np.maximum(np.sqrt(np.nansum(squares, axis=0) / free), 1e-3)
        rows = [_row(each, deviations, free) for each in tried]
    names = ["k", "inertia", "silhouette", "null", "stability_sd", "pairs", "null_sets"]
    names += [name + end for name in MEASURES for end in ENDS]
    return {name: np.array([row[name] for row in rows]) for name in names}


def _row(one, deviations, free):
    """The evidence for one k; `deviations` are those of the kinds of null data."""
    pairs, null_sets = len(one.agreements), one.null.shape[1]
    means = one.null.mean(axis=1)
    wide = student.ppf((1 + CONFIDENCE) / 2, free)
    margins = one.silhouette - means
    margin_errors = wide * deviations / np.sqrt(null_sets)
    separations = margins / deviations
    errors = wide * np.sqrt(1 / null_sets + separations**2 / (2 * free))
    closest = np.argmin(np.where(np.isnan(separations), np.inf, separations))
    stability, spread = one.agreements.mean(), one.agreements.std()
    error = student.ppf((1 + CONFIDENCE) / 2, pairs - 1) * spread / np.sqrt(pairs - 1)
    row = {
        "k": one.k,
        "inertia": one.inertia,
        "silhouette": one.silhouette,
        "null": means[closest],
        "stability_sd": spread,
        "pairs": pairs,
        "null_sets": null_sets,
    }
    for name, values, error_of in (
        ("separation", separations, errors),
        ("margin", margins, margin_errors),
        ("stability", np.array([stability]), error),
    ):
        # The closest kind of null data decides, at either end, too.
        row[name] = values.min()
        row[name + "_low"], row[name + "_high"] = (
            (values - error_of).min(),
            (values + error_of).min(),
        )
    return row


def _undecided(found, tried, max_pairs, max_null_sets):
    """Which k need more draws: list of (Tried, pairs, null data sets)."""
    if not tried:
        return []
    low, high = levels(found, "_low"), levels(found, "_high")
    matters = (low < high) & (high >= max(low.max(), 1))
    draw = []
    for i in np.flatnonzero(matters):
        one, open_to = tried[i], range(low[i] + 1, high[i] + 1)
        pairs = min(PAIRS, max_pairs - found["pairs"][i]) * _straddles(
            found, i, "stability", open_to
        )
        sets = min(NULL_SETS, max_null_sets - found["null_sets"][i]) * (
            _straddles(found, i, "separation", open_to) or _straddles(found, i, "margin", open_to)
        )
        if pairs or sets:
            draw.append((one, pairs, sets))
    return draw


def _straddles(found, i, measure, degrees):
    """Whether the interval of a measure contains the limit of one of these degrees."""
    low, high = found[measure + "_low"][i], found[measure + "_high"][i]
    return any(low < getattr(DEGREES[d], measure) <= high for d in degrees)


def null_data(X, rng, kind):
    """Draw data sets without clusters that have the size and extent of X, as many as are asked for.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    rng : numpy.random.Generator
    kind : {"normal", "box", "peak"}
        ``"normal"``: normal, with the mean and covariance of X. ``"box"``: uniform over the
        bounding box of X along its principal axes. ``"peak"``: independent columns, each drawn
        from the unimodal density closest to that column of X, so that long tails are preserved.

    Yields
    ------
    ndarray, shape (n, d)
        In the dtype of X; a new one each time, without end.
    """
    n = len(X)
    if kind == "peak":
        columns = [unimodal_histogram(column) for column in X.T]
        while True:
            yield np.column_stack([_draw(*each, n, rng) for each in columns]).astype(X.dtype)
    mean = X.mean(axis=0)
    _, lengths, axes = np.linalg.svd(X - mean, full_matrices=False)
    along = (X - mean) @ axes.T
    low, high, size = along.min(axis=0), along.max(axis=0), along.shape
    while True:
        if kind == "normal":
            sample = rng.standard_normal(size) * lengths / np.sqrt(n)
        else:
            sample = rng.uniform(low, high, size)
        yield (sample @ axes + mean).astype(X.dtype)


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


def levels(found, end=""):
    """The degree that each k reaches, as an index into `DEGREES`.

    Parameters
    ----------
    found : dict
        From `evidence`.
    end : {"", "_low", "_high"}
        Judged by the means, or by the lower or upper ends of their intervals.

    Returns
    -------
    ndarray of int, shape (m,)
    """
    reached = [
        np.all([found[name + end] >= getattr(degree, name) for name in MEASURES], axis=0)
        for degree in DEGREES[1:]
    ]
    return np.sum(reached, axis=0)


class Suggestion(NamedTuple):
    """What `suggest` returns."""

    k: int
    degree: str
    sentence: str


def suggest(found):
    """Suggest a number of clusters, with the degree of the evidence for it.

    Parameters
    ----------
    found : dict
        From `evidence`.

    Returns
    -------
    k : int
        See `most_supported`; 0 if the evidence is borderline or there is none.
    degree : {"strong", "moderate", "weak", "borderline", "none"}
    sentence : str
        The verdict in words, with the figures.
    """
    if not len(found["k"]):
        return Suggestion(0, "none", "There are too few rows to tell clusters from chance.")
    k, degree = most_supported(found)
    if not k:
        sentence = "All rows are identical or nearly so: there is nothing to cluster."
        return Suggestion(0, "none", sentence)
    one = {name: values[found["k"] == k] for name, values in found.items()}
    low, high = (DEGREES[levels(one, end)[0]].name for end in ("_low", "_high"))
    one = {name: values[0] for name, values in one.items()}
    stability = round(one["stability"], 2) + 0.0  # avoids "-0.00"
    figures = (
        f"k = {k}: silhouette {one['silhouette']:.2f}, in null data {one['null']:.2f}; two halves "
        f"of the rows agree to {stability:.2f} (ARI)"
    )
    between = "" if low == high else f" On the border between {low} and {high}."
    if degree == "borderline":
        sentence = f"Borderline evidence: clusters or chance ({low} to {high}). {figures}."
    elif degree != "none":
        sentence = f"{degree.capitalize()} evidence for {k} clusters. {figures}.{between}"
    elif one["separation"] < DEGREES[1].separation:
        sentence = (
            "No evidence for clusters: K-Means finds some as well separated in null data. "
            f"{figures}."
        )
    else:
        sentence = (
            "No evidence for clusters: these are better separated than in null data, but another "
            f"sample of the rows would be divided differently. {figures}."
        )
    return Suggestion(k if degree not in ("none", "borderline") else 0, degree, sentence)


def most_supported(found):
    """The number of clusters with the strongest evidence, whether convincing or not.

    The degree is the highest that a k reaches of which it is clear that there is some evidence. Of
    all k that reach it, the one with the highest silhouette; if others come within 0.01 of it, the
    most stable of these.

    Parameters
    ----------
    found : dict
        From `evidence`.

    Returns
    -------
    k : int
        The k that the sentence of `suggest` refers to; 0 if there is no evidence for any k.
    degree : {"strong", "moderate", "weak", "borderline", "none"}
        ``"borderline"``: the intervals do not tell whether there is any evidence.
    """
    low, reached, high = (levels(found, end) for end in ("_low", "", "_high"))
    highest = np.where(low > 0, reached, 0).max(initial=0)
    # Who is sure of the degree may depend on the draws; who reaches it by the means, hardly.
    degree, candidates = DEGREES[highest].name, reached >= highest
    if degree == "none":
        if high.any():
            degree, candidates = "borderline", high > 0
        else:
            clear = found["separation"] >= DEGREES[1].separation
            candidates = clear if clear.any() else np.isfinite(found["silhouette"])
    if not candidates.any():
        return 0, degree
    silhouette = np.where(candidates, found["silhouette"], -np.inf)
    equal = silhouette > silhouette.max() - TIE
    return int(found["k"][np.where(equal, found["stability"], -np.inf).argmax()]), degree
