"""The example in CONTRIBUTING.md of how to write a deep clusterer works as it stands there."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from dkm import DeepKMeans, datasets

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIGITS = datasets.load("digits").X[:300]
FORM = {"hidden": (16,), "pretrain_epochs": 3, "epochs": 3, "random_state": 0}


@pytest.fixture(scope="module")
def example():
    """The class that the section's block of Python defines."""
    section = TEXT.partition("## A deep clusterer\n")[2].partition("\n## ")[0]
    code = section.partition("```python\n")[2].partition("```")[0]
    names = {}
    exec(code, names)
    return names["HardDeepKMeans"]


def test_the_example_is_deep_k_means_with_hard_assignments(example):
    hard = example(5, cluster_weight=0.5, **FORM).fit(DIGITS)
    soft = DeepKMeans.published(5, cluster_weight=0.5, alpha=1e12, **FORM).fit(DIGITS)
    np.testing.assert_allclose(hard.cluster_centers_, soft.cluster_centers_, rtol=1e-6)
    assert np.array_equal(hard.labels_, soft.labels_)
    start = example(5, cluster_weight=0, **FORM).fit(DIGITS)
    assert not np.allclose(hard.cluster_centers_, start.cluster_centers_)


def test_the_example_keeps_the_contract(example):
    clusterer = example(4, **FORM)
    assert clone(clusterer).get_params() == clusterer.get_params()
    assert clusterer.fit(DIGITS).predict(DIGITS[:7]).shape == (7,)
    assert "Dimensions of the code" in example.__doc__
    with pytest.raises(ValueError, match="cluster_weight=-1"):
        example(4, cluster_weight=-1).fit(DIGITS)
