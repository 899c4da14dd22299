"""The table of starts: what it says of each, and that it is written whole."""

import numpy as np
import pandas as pd
import pytest

from dkm import KMeans, datasets, metrics
from dkm.study import starts


@pytest.fixture
def digits():
    return datasets.load("digits")


def test_means_are_those_of_the_clusters(digits):
    labels = KMeans(10, random_state=0).fit(digits.X).labels_
    expected = pd.DataFrame(digits.X).groupby(labels).mean()
    assert np.allclose(starts.means(digits.X, labels), expected)


def test_a_start_from_labels_begins_with_their_inertia_and_ends_at_rest(digits):
    labels = digits.y  # clusters that K-Means would not find
    centers = starts.means(digits.X, labels)
    row = starts.run(digits, centers, seed=0)
    distances = ((digits.X[:, None] - centers) ** 2).sum(axis=2)
    assert row["inertia_first"] == pytest.approx(distances.min(axis=1).sum(), abs=0.06)
    ended = KMeans(10, init=centers, n_init=1, tol=0).fit(digits.X)
    assert row["inertia"] == pytest.approx(ended.inertia_, abs=0.06)
    assert row["iterations"] == ended.n_iter_ > 1
    assert row["nmi"] == pytest.approx(metrics.nmi(digits.y, ended.labels_), abs=1e-5)


def test_the_table_has_every_start_from_every_seed(tmp_path, monkeypatch, digits):
    (tmp_path / "labels").mkdir()
    for seed in starts.SEEDS[: starts.N_SEEDS]:
        for method in starts.NETWORKS:
            file = tmp_path / "labels" / f"digits-{method}-{seed}.npz"
            np.savez(file, labels=digits.y.astype(np.uint8))
    monkeypatch.setattr(starts, "DATASET", "digits")
    monkeypatch.setattr(starts, "results_folder", lambda: tmp_path)
    starts.main()
    table = pd.read_csv(tmp_path / "kmeans_starts.csv")
    assert len(table) == starts.N_SEEDS * (len(starts.INITS) + len(starts.NETWORKS))
    networks = table.start.isin(starts.NETWORKS)
    assert (table.nmi_before[networks] == 1).all()
    assert table.nmi_before[~networks].isna().all()
    assert (table.inertia < table.inertia_first).all()
    assert [path.name for path in tmp_path.glob("*.csv")] == ["kmeans_starts.csv"]
