"""What deep clusterers cannot learn from is told before any training, and so are too few steps."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from dkm import AutoencoderKMeans, ClusterGAN, DeepKMeans, InfoGAN, datasets
from dkm.deep._core.diagnostics import warn_of_scale

DIGITS = datasets.load("digits").X[:300]
SMALL = {"hidden": (8,), "pretrain_epochs": 2, "random_state": 0}
CLUSTERERS = [AutoencoderKMeans(4, **SMALL), DeepKMeans(4, epochs=2, **SMALL)]
GANS = [kind(4, hidden=(8,), epochs=2, random_state=0) for kind in (ClusterGAN, InfoGAN)]
each_deep = pytest.mark.parametrize(
    "clusterer", [*CLUSTERERS, *GANS], ids=lambda clusterer: type(clusterer).__name__
)
each_clusterer = pytest.mark.parametrize(
    "clusterer", CLUSTERERS, ids=lambda clusterer: type(clusterer).__name__
)


@pytest.fixture
def no_training(monkeypatch):
    """Whatever is wrong must be told before the first step."""

    def refuse(*_, **__):
        pytest.fail("training began")

    monkeypatch.setattr("dkm.deep._core.training.trainer", refuse)


BAD_DATA = {
    "images": (DIGITS.reshape(-1, 8, 8), r"X has shape \(300, 8, 8\).*X\.reshape\(len\(X\), -1\)"),
    "nan": (
        np.where(DIGITS[3, 7] == DIGITS, np.nan, DIGITS),
        r"X contains NaN, first in row 0.* or impute the values",
    ),
    "infinity": (
        np.where(DIGITS == 1, -np.inf, DIGITS),
        r"X contains infinity .*, first in row \d.* or impute",
    ),
    "text": (np.full((5, 2), "a"), r"X contains text .*Convert the column to numbers or drop it"),
    "dates": (
        np.full((5, 2), np.datetime64("2020-01-01")),
        r"X contains dates .*Convert them to num",
    ),
    "complex": (DIGITS + 1j, r"Complex data not supported"),
    "one row": (
        DIGITS[:1],
        r"n_clusters=4, but X has n_samples=1\. Choose n_clusters between 1 and 1",
    ),
    "flat": (DIGITS[0], r"Expected 2D array, got 1D array (?s:.*)Reshape your data"),
    "no rows": (
        np.empty((0, 4)),
        r"0 sample\(s\) \(shape=\(0, 4\)\) while a minimum of 1 is required",
    ),
    "no columns": (
        np.empty((9, 0)),
        r"0 feature\(s\) \(shape=\(9, 0\)\) while a minimum of 1 is req",
    ),
    "ragged": (
        [[1.0, 2], [3]],
        r"rows of X have different lengths\. Give every row the same number",
    ),
}
NO_DATA = {
    "sparse": (csr_array(DIGITS), r"Sparse data was passed for X, .*Use '\.toarray\(\)'"),
    "a data set": (datasets.load("digits"), r"X is a Dataset, .*Pass its array of samples, \.X"),
    "nothing": (None, r"X=None is not data\. Pass an array"),
    "a path": ("table.csv", r"X='table\.csv' is not data\. .*dkm\.datasets\.load\(file\)\.X"),
}


@each_deep
@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data_is_told_before_training(no_training, clusterer, name):
    X, words = BAD_DATA[name]
    with pytest.raises(ValueError, match=words):
        clone(clusterer).fit(X)


@each_deep
@pytest.mark.parametrize("name", NO_DATA)
def test_what_is_no_table_is_told_before_training(no_training, clusterer, name):
    X, words = NO_DATA[name]
    with pytest.raises(TypeError, match=words):
        clone(clusterer).fit(X)


def test_unusual_names_of_columns_are_fine():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(DIGITS[:, 20:23], columns=["X", "dtype", "columns"])
    assert len(AutoencoderKMeans(2, **SMALL).fit_predict(frame)) == 300


@pytest.mark.thorough
@each_deep
def test_one_row_and_one_column_are_enough(clusterer):
    one = clone(clusterer).set_params(n_clusters=1)
    assert one.fit_predict(DIGITS[:1]).tolist() == [0]
    assert one.fit_predict(DIGITS[:, 20:21]).tolist() == [0] * 300


@pytest.mark.thorough
@pytest.mark.parametrize("alpha", [(1, 5), [1, 5], np.array([1, 5]), np.float32([1, 5])])
def test_as_many_values_of_alpha_as_steps_take_one_each(alpha):
    options = {**SMALL, "batch_size": 300}
    clusterer = DeepKMeans(4, alpha=alpha, epochs=2, **options).fit(DIGITS)
    assert clusterer.history_["alpha"].tolist() == [1, 5]
    DeepKMeans(4, alpha=alpha, epochs=0, **options).fit(DIGITS)  # none is used


@each_clusterer
def test_too_few_steps_are_told_before_training(no_training, clusterer):
    clusterer = clone(clusterer).set_params(pretrain_epochs=50)  # 2 batches each
    words = (
        r"only 100 steps \(pretrain_epochs=50, each of 2 batches\) with learning_rate=0\.001\. "
        r"With fewer than 200 .* worse than PCA\. Give pretrain_epochs=100 or more, or a smaller"
    )
    with (
        pytest.warns(ConvergenceWarning, match=words),
        pytest.raises(pytest.fail.Exception, match="training began"),
    ):
        clusterer.fit(DIGITS)


@pytest.mark.thorough
@each_clusterer
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "changes",
    [
        {"pretrain_epochs": 100},
        {"pretrain_epochs": 11, "batch_size": 16},
        {"pretrain_epochs": 10, "learning_rate": 0.01},
        {"pretrain_epochs": 0},
        {"learning_rate": 0},
        {"autoencoder": "given"},
    ],
)
def test_enough_steps_and_none_are_fine(clusterer, changes):
    usual = clone(clusterer).set_params(n_clusters=1, latent_dim=4)
    if "autoencoder" in changes:
        with pytest.warns(ConvergenceWarning, match="only 4 steps"):
            changes = {"autoencoder": clone(usual).fit(DIGITS).autoencoder_}
    usual.set_params(**changes).fit(DIGITS)


@each_deep
def test_unscaled_input_is_told_before_training(no_training, clusterer):
    with (
        pytest.warns(UserWarning, match=r"X holds values up to 255\. .*Divide images"),
        pytest.raises(pytest.fail.Exception, match="training began"),
    ):
        clone(clusterer).fit(DIGITS * 255)


def test_one_column_in_other_units_is_told():
    X = np.column_stack([StandardScaler().fit_transform(DIGITS), np.linspace(-60, 60, 300)])
    with pytest.warns(UserWarning, match=r"X holds values up to 60\."):
        warn_of_scale(X)


@pytest.mark.parametrize(
    "X",
    [
        DIGITS,
        DIGITS * 16,
        StandardScaler().fit_transform(datasets.load("digits").X),  # up to 42, in rare pixels
        np.random.default_rng(0).poisson(3, (300, 5)),
    ],
    ids=["images", "raw digits", "standardised", "counts"],
)
def test_there_is_no_false_alarm(X):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_scale(X.astype(float))
