"""Agreement with classes."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dkm import metrics

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(labels)
def test_accuracy_is_the_best_of_all_matchings(pairs):
    y_true, y_pred = np.array(pairs).T
    best = max(np.mean(np.array(p)[y_pred] == y_true) for p in permutations(range(4)))
    assert metrics.accuracy(y_true, y_pred) == pytest.approx(best)


@settings(max_examples=100, deadline=None)
@given(labels, st.permutations(range(4)))
def test_names_of_clusters_do_not_matter(pairs, names):
    y_true, y_pred = np.array(pairs).T
    for score in (metrics.accuracy, metrics.nmi, metrics.ari):
        renamed = 10 * np.array(names)[y_pred] - 7
        assert score(y_true, y_pred) == pytest.approx(score(y_true, renamed))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ([0, 0, 1, 1], [5, 5, 2, 2], 1),
        ([0, 0, 1, 1], [0, 1, 2, 3], 0.5),  # clusters left over count as wrong
        ([0, 1, 2, 3], [0, 0, 0, 0], 0.25),  # so do classes left over
    ],
)
def test_accuracy_by_hand(y_true, y_pred, expected):
    assert metrics.accuracy(y_true, y_pred) == expected


def test_nmi_and_ari_by_hand():
    y_true, y_pred = [0, 0, 1, 1], [0, 0, 1, 2]
    # entropies ln 2 and 1.5 ln 2, mutual information ln 2
    assert metrics.nmi(y_true, y_pred) == pytest.approx(1 / 1.25)
    # of 6 pairs 1 is together in both, 2 and 1 in one: (1 - 1/3) / (3/2 - 1/3)
    assert metrics.ari(y_true, y_pred) == pytest.approx((1 - 1 / 3) / (3 / 2 - 1 / 3))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [0], "y_true has 2 labels and y_pred 1"),
        ([], [], r"y_true has shape \(0,\)"),
        ([[0, 1]], [[0, 1]], r"y_true has shape \(1, 2\)"),
        ([0, 1], [0.5, 1], "y_pred has dtype float64, but labels are integers"),
        (["a", "b"], [0, 1], "y_true has dtype <U1"),
    ],
)
def test_bad_labels(y_true, y_pred, message):
    for score in (metrics.accuracy, metrics.nmi, metrics.ari):
        with pytest.raises(ValueError, match=message):
            score(y_true, y_pred)
