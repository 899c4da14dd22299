"""The data sets."""

import numpy as np
import pytest

from dkm import datasets


@pytest.mark.parametrize("name", datasets.names())
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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digit", "No data set named 'digit'. Did you mean 'digits'\\? Known: digits, blobs"),
        ("", "No data set named ''"),
        (None, "No data set named None"),
        (["digits"], "No data set named \\['digits'\\]"),
    ],
)
def test_unknown_name(name, message):
    with pytest.raises(ValueError, match=message):
        datasets.load(name)
