"""The data sets."""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest
from sklearn.cluster import AgglomerativeClustering
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

from dkm import KMeans, datasets, metrics
from dkm.datasets import sources

# These have files of their own, which are not on every machine; see also test_sources.py.
LARGE = {"mnist": 70_000, "fashion_mnist": 70_000, "usps": 9298, "20news": 18_846}


def on_this_machine(name):
    """Load one of the large data sets, or skip the test."""
    try:
        return datasets.load(name)
    except datasets.DataError as error:
        pytest.skip(str(error))


@pytest.fixture
def no_download(monkeypatch):
    def refuse(url, *args, **known):
        raise datasets.DataError(f"{url} is not fetched in a test")

    monkeypatch.setattr(sources, "fetch", refuse)


@pytest.mark.parametrize("name", LARGE)
def test_a_large_data_set_is_complete(name, no_download):
    data = on_this_machine(name)
    n, d = data.X.shape
    assert n == LARGE[name] == len(data.y)
    assert data.X.dtype == np.float32
    assert data.X.min() == 0
    assert 0.9 < data.X.max() <= 1
    assert len(data.feature_names) == d
    assert set(data.y) == set(range(len(data.target_names)))
    assert data.image_shape is None or np.prod(data.image_shape) == d


def test_names_are_sentences_and_load_nothing(monkeypatch):
    for module in ("images", "bundled", "text", "toys"):
        monkeypatch.setattr(datasets, module, None)
    assert set(LARGE) < set(datasets.names())
    for name, sentence in datasets.names().items():
        assert sentence.endswith("."), name
        assert "\n" not in sentence, name


@pytest.mark.parametrize("name", [name for name in datasets.names() if name not in LARGE])
def test_a_data_set_is_complete(name):
    data = datasets.load(name)
    n, d = data.X.shape
    assert data.name == name
    assert data.X.dtype == np.float64
    assert np.isfinite(data.X).all()
    assert data.y.shape == (n,)
    assert len(data.feature_names) == d
    assert set(data.y) == set(range(len(data.target_names)))
    assert data.image_shape is None or np.prod(data.image_shape) == d
    for text in (data.source, data.licence, data.value_range, data.notes):
        assert text
        assert text in " ".join(data.describe().split())
    np.testing.assert_array_equal(data.X, datasets.load(name).X)


def test_digits_are_the_known_ones():
    data = datasets.load("digits")
    assert data.X.shape == (1797, 64)
    assert (data.X.min(), data.X.max()) == (0, 1)
    assert np.bincount(data.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize(("name", "shape"), [("iris", (150, 4)), ("wine", (178, 13))])
def test_tables_are_standardised_and_say_so(name, shape):
    data = datasets.load(name)
    assert data.X.shape == shape
    np.testing.assert_allclose(data.X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.X.std(axis=0), 1, rtol=1e-12)
    assert "standardised" in data.notes


def found_by_k_means(data):
    k = len(data.target_names)
    return metrics.accuracy(data.y, KMeans(k, random_state=0).fit(data.X).labels_)


@pytest.mark.parametrize("name", ["moons", "circles"])
def test_shapes_are_apart_but_have_no_centres(name):
    data = datasets.load(name)
    linked = AgglomerativeClustering(2, linkage="single").fit_predict(data.X)
    assert metrics.accuracy(data.y, linked) == 1  # no link between them is as short as those inside
    assert found_by_k_means(data) < 0.8


@pytest.mark.parametrize("name", ["stretched", "unequal"])
def test_clouds_are_apart_for_who_knows_their_form_and_not_for_k_means(name):
    data = datasets.load(name)
    knows = QuadraticDiscriminantAnalysis().fit(data.X, data.y)
    assert knows.score(data.X, data.y) > 0.95
    assert found_by_k_means(data) < 0.9


def test_blobs_are_what_k_means_is_made_for():
    assert found_by_k_means(datasets.load("blobs")) > 0.95


def test_uniform_fills_its_square_evenly():
    X = datasets.load("uniform").X
    counts, _, _ = np.histogram2d(*X.T, bins=5, range=[[0, 1], [0, 1]])
    assert counts.sum() == len(X)
    assert chisquare(counts.ravel()).pvalue > 0.01


def test_gaussian_is_one_round_normal_cloud():
    X = datasets.load("gaussian").X
    radius_squared = (X**2).sum(axis=1)  # of a normal pair: exponential, mean 2
    assert kstest(radius_squared, "expon", args=(0, 2)).pvalue > 0.01
    angle = np.arctan2(X[:, 1], X[:, 0])
    assert kstest(angle, "uniform", args=(-np.pi, 2 * np.pi)).pvalue > 0.01


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "digit",
            "No data set named 'digit'. Did you mean 'digits'\\? Choose from: digits, iris, ",
        ),
        ("", "No data set named ''"),
        (None, "No data set named None"),
        (["digits"], "No data set named \\['digits'\\]"),
    ],
)
def test_unknown_name(name, message):
    with pytest.raises(ValueError, match=message):
        datasets.load(name)
