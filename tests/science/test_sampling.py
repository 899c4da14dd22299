"""Clusterers that make rows make as many as are wanted, of the cluster that is wanted."""

import numpy as np
import pytest

from dkm import ClusterGAN, InfoGAN, datasets

DIGITS = datasets.load("digits").X[:200]
SMALL = {"hidden": (8,), "noise_dim": 3, "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module", params=[ClusterGAN, InfoGAN], ids=lambda kind: kind.__name__)
def fitted(request):
    return request.param(4, **SMALL).fit(DIGITS)


def test_rows_hang_on_the_seed_alone(fitted):
    rows = fitted.sample(300, random_state=0)
    assert rows.shape == (300, 64)
    assert np.array_equal(rows, fitted.sample(300, random_state=0))
    assert not np.array_equal(rows, fitted.sample(300, random_state=1))
    assert len(np.unique(rows, axis=0)) > 290  # all units of the small network may be off
    assert fitted.sample().shape == (1, 64)


def test_rows_are_made_from_the_cluster_that_is_wanted(fitted, monkeypatch):
    seen = []
    draw = type(fitted)._draw_codes
    monkeypatch.setattr(
        type(fitted),
        "_draw_codes",
        lambda self, k, rng: seen.append(draw(self, k, rng)) or seen[-1],
    )
    fitted.sample(50, cluster=2, random_state=0)
    fitted.sample(4000, random_state=0)
    one, all_four = (codes[:, -4:] for codes in seen)
    assert (one == np.eye(4)[2]).all()
    assert all_four.mean(axis=0) == pytest.approx(0.25, abs=0.03)
    assert seen[1][:, :3].std() == pytest.approx(fitted.model_.sigma, rel=0.03)


@pytest.mark.parametrize("n_clusters", [2, 6])
def test_what_was_fitted_counts_and_not_a_parameter_that_was_changed_since(fitted, n_clusters):
    before = fitted.predict(DIGITS), fitted.predict_proba(DIGITS), fitted.sample(9, random_state=0)
    fitted.set_params(n_clusters=n_clusters)
    try:
        after = fitted.predict(DIGITS), fitted.predict_proba(DIGITS)
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=False))
        assert np.array_equal(fitted.sample(9, random_state=0), before[2])
        assert fitted.sample(2, cluster=3).shape == (2, 64)
        with pytest.raises(ValueError, match="0 to 3"):
            fitted.sample(cluster=5)
    finally:
        fitted.set_params(n_clusters=4)


def test_what_is_made_has_the_dtype_of_X():
    clusterer = InfoGAN(4, **SMALL).fit(DIGITS.astype(np.float32))
    assert clusterer.sample(3).dtype == clusterer.interpolate(0, 1).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda c: c.sample(0), ValueError, r"n_samples=0 is too small"),
        (lambda c: c.sample(2, cluster=4), ValueError, r"cluster=4, but there are 4 .* 0 to 3"),
        (
            lambda c: c.sample(2, cluster=-1),
            ValueError,
            r"cluster=-1, but .* 0 to 3",
        ),
        (lambda c: c.interpolate(0, 4), ValueError, r"end=4, but there are 4"),
        (
            lambda c: c.sample(2, cluster="1"),
            TypeError,
            r"cluster='1' is not an integer\. Give the num",
        ),
        (lambda c: c.interpolate(0, 1, 1), ValueError, r"n_samples=1 is too small"),
        (
            lambda c: c.interpolate(DIGITS[0], 1),
            TypeError,
            r"start=array.* not an int.* use transform",
        ),
    ],
)
def test_what_cannot_be_made_is_told(fitted, call, error, words):
    with pytest.raises(error, match=words):
        call(fitted)
