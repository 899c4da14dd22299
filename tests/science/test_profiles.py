"""What sets each cluster apart."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

from dkm import KMeans, datasets, plots
from dkm.evaluation import profiles, wording
from dkm.plots.profiles import lines_of

planted = np.repeat([0, 1, 2], [60, 40, 20])


def cafes():
    """120 cafés of 3 kinds: kind 1 is dear and large, kind 2 has a bar; odour says nothing."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "name": [f"Café {'ABCDEF'[i % 6]}{i}" for i in range(120)],
            "price": np.array([3.0, 9.0, 3.0])[planted] + rng.normal(size=120),
            "seats": (np.array([20, 60, 25])[planted] + rng.normal(0, 5, 120)).round(),
            "serves": np.array(["cake", "cake", "beer"])[planted],
            "terrace": np.where(rng.random(120) < 0.5, "yes", "no"),
            "odour": rng.normal(size=120),
        }
    )
    frame.loc[::7, "serves"] = "soup"
    return frame


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "cafes.csv"
    cafes().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def data(file):
    return datasets.load(file)


@pytest.fixture(scope="module")
def found(data):
    return profiles.profile(data, planted)


def named(found, name):
    return next(column for column in found.columns if column.name == name)


def points(X, **known):
    X = np.asarray(X, dtype=float)
    names = tuple(f"x{i}" for i in range(X.shape[1]))
    blobs = datasets.load("blobs")
    return dataclasses.replace(blobs, X=X, y=None, **{"feature_names": names, **known})


@pytest.mark.parametrize("standardize", [True, False])
def test_numbers_are_those_that_pandas_finds_in_the_file(file, standardize):
    frame = pd.read_csv(file)
    found = profiles.profile(datasets.load(file, standardize=standardize), planted)
    table = pd.DataFrame(found.numbers()).set_index(["column", "cluster"])
    assert set(table.index) == {
        (name, k) for name in ("price", "seats", "odour") for k in (profiles.ALL, 0, 1, 2)
    }
    for (name, cluster), row in table.iterrows():
        rows = slice(None) if cluster == profiles.ALL else planted == cluster
        values = frame[name][rows]
        expected = [values.mean(), *values.quantile([0.25, 0.5, 0.75])]
        quartiles = ["mean", "lower quartile", "median", "upper quartile"]
        assert row[quartiles].tolist() == pytest.approx(expected)
        away = (values.mean() - frame[name].mean()) / frame[name].std(ddof=0)
        assert row["deviations"] == pytest.approx(away, abs=1e-12)


@pytest.mark.parametrize("standardize", [True, False])
def test_shares_are_those_that_pandas_counts_in_the_file(file, standardize):
    frame = pd.read_csv(file)
    found = profiles.profile(datasets.load(file, standardize=standardize), planted)
    shares = pd.DataFrame(found.shares()).set_index(["column", "category", "cluster"])["share"]
    for name in ("serves", "terrace"):
        counted = pd.crosstab(frame[name], planted, normalize="columns")
        counted[profiles.ALL] = frame[name].value_counts(normalize=True)
        # To the last bit: a share of 0 or 1 must not be nearly so.
        assert shares[name].unstack()[counted.columns].equals(counted.astype(float)), name


def test_a_table_shows_the_quartiles_of_all_rows_first(found):
    assert [row["cluster"] for row in found.numbers()[:4]] == [profiles.ALL, 0, 1, 2]
    assert [row["cluster"] for row in found.shares()[:4]] == [profiles.ALL, 0, 1, 2]


def test_what_the_columns_explain_adds_up_to_what_k_means_explains(data):
    kmeans = KMeans(4, random_state=0).fit(data.X)
    found = profiles.profile(data, kmeans.labels_)
    explained = 1 - kmeans.inertia_ / ((data.X - data.X.mean(axis=0)) ** 2).sum()
    assert np.mean([column.explained for column in found.columns]) == pytest.approx(explained)


def test_categories_are_explained_by_goodman_and_kruskals_tau(found):
    # By its definition: how many errors fewer, guessing categories in proportion to their shares.
    table = pd.crosstab(cafes()["serves"], planted).to_numpy()
    n = table.sum()
    errors = n - (table.sum(axis=1) ** 2).sum() / n
    errors_known = n - (table**2 / table.sum(axis=0)).sum()
    assert named(found, "serves").explained == pytest.approx(1 - errors_known / errors)


def test_the_units_of_the_points_change_nothing(file, found):
    plain = profiles.profile(datasets.load(file, standardize=False), planted)
    for ours, theirs in zip(found.columns, plain.columns, strict=True):
        np.testing.assert_allclose(ours.deviations, theirs.deviations, atol=1e-12)
        np.testing.assert_allclose(ours.differences, theirs.differences, atol=1e-12)
    assert [row["words"] for row in found.apart()] == [row["words"] for row in plain.apart()]


def test_renumbered_clusters_are_the_same_clusters(data, found):
    other = profiles.profile(data, np.array([7, 0, -1])[planted])
    assert other.clusters == (-1, 0, 7)
    assert other.sizes == (20, 40, 60)
    words = {row["words"] for row in found.apart()}
    assert {row["words"] for row in other.apart()} == words
    for row in other.apart():
        assert row["rows"] == dict(zip(other.clusters, other.sizes, strict=True))[row["cluster"]]


def test_what_was_planted_sets_the_clusters_apart(found):
    columns = {k: [row["column"] for row in found.apart() if row["cluster"] == k] for k in range(3)}
    assert set(columns[1]) == {"price", "seats"}
    assert columns[2][0] == "serves"
    assert all("odour" not in names for names in columns.values())
    order = [row["column"] for row in found.ranking()]
    assert order[0] == "seats"
    assert set(order[-2:]) == {"terrace", "odour"}


def test_the_words_are_the_figures():
    X = np.array([[10, 0], [12, 1], [18, 0], [20, 1]])
    found = profiles.profile(points(X, feature_names=("width", "other")), [0, 0, 1, 1])
    # Mean 15, deviation sqrt(17) = 4.1: 4 below it are 0.97 deviations.
    assert found.apart() == [
        {
            "cluster": k,
            "rows": 2,
            "column": "width",
            "difference": pytest.approx(4 / np.sqrt(17)),
            "words": f"width: {mean} against 15.0 for all rows, 1.0 deviations {where}",
        }
        for k, mean, where in ((0, "11.0", "lower"), (1, "19.0", "higher"))
    ]


def test_categories_are_told_by_the_one_that_stands_out(found):
    (said,) = [row["words"] for row in found.apart(1) if row["cluster"] == 2]
    assert said == "serves = beer: 85 % of its rows against 14 % of all rows"


def test_of_two_categories_the_one_that_gains_is_told(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("size,open\n" + "1.5,yes\n2.5,yes\n1.5,no\n2.5,no\n" * 3)
    found = profiles.profile(datasets.load(path), [0, 0, 1, 1] * 3)
    assert [row["words"] for row in found.apart()] == [
        "open = yes: 100 % of its rows against 50 % of all rows",
        "open = no: 100 % of its rows against 50 % of all rows",
    ]


def test_units_are_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("weight\n" + "1.5 kg\n1.7 kg\n9.5 kg\n9.3 kg\n" * 3)
    found = profiles.profile(datasets.load(path), [0, 0, 1, 1] * 3)
    expected = "weight: 1.6 kg against 5.5 kg for all rows, 1.0 deviations lower"
    assert found.apart()[0]["words"] == expected
    assert found.numbers()[0]["unit"] == "kg"


def test_where_nothing_stands_out_that_is_said():
    rng = np.random.default_rng(0)
    found = profiles.profile(points(rng.normal(size=(400, 3))), np.arange(400) % 2)
    rows = found.apart()
    assert [row["cluster"] for row in rows] == [0, 1]
    assert all(row["words"].startswith(profiles.NONE_NOTABLE) for row in rows)
    assert all(row["difference"] < profiles.NOTABLE for row in rows)


def test_a_single_cluster_is_not_apart_from_anything(data):
    found = profiles.profile(data, np.zeros(120, int))
    assert found.apart() == []
    assert max(column.explained for column in found.columns) < 1e-20
    assert "cluster 0 (120 rows)" in plots.differences(found).alt


def test_constant_columns_and_single_rows_divide_by_nothing():
    X = np.column_stack([np.full(7, 0.1), [0, 0, 0, 0, 0, 0, 9]])
    assert X[:, 0].mean() != 0.1  # rounding must not pass for a deviation
    for labels in ([0, 0, 0, 0, 0, 0, 1], np.arange(7)):
        found = profiles.profile(points(X), labels)
        assert named(found, "x0").explained == 0
        assert named(found, "x0").differences.tolist() == [0] * len(found.clusters)
        assert named(found, "x1").explained == pytest.approx(1)
        assert plots.differences(found).png()
    one = profiles.profile(points([[1.0, 2.0]]), [0])
    assert one.numbers()[0]["mean"] == 1
    assert plots.differences(one).png()


def test_single_precision_counts_in_double():
    rng = np.random.default_rng(0)
    X = (1000 + rng.normal(size=(50_000, 1))).astype(np.float32)
    labels = np.arange(50_000) % 2
    exact = profiles.profile(points(X), labels)
    found = profiles.profile(dataclasses.replace(points(X), X=X), labels)
    np.testing.assert_allclose(found.columns[0].deviations, exact.columns[0].deviations, rtol=1e-9)


def test_typical_rows_are_the_nearest(data):
    kmeans = KMeans(3, random_state=0).fit(data.X)
    rows = profiles.typical(data, kmeans.labels_, kmeans.cluster_centers_, 4)
    distances = kmeans.transform(data.X)
    for k in range(3):
        mine = [row for row in rows if row["cluster"] == k]
        nearest = sorted(np.flatnonzero(kmeans.labels_ == k), key=lambda i: distances[i, k])[:4]
        assert [row["row"] for row in mine] == [i + 1 for i in nearest]
        assert [row["name"] for row in mine] == [cafes()["name"][i] for i in nearest]
        assert [row["distance"] for row in mine] == pytest.approx(distances[nearest, k].tolist())


def test_typical_rows_keep_their_number_in_the_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1.5,2\n,\n1.5,2\n9.5,8\n7.5,6\n")
    data = datasets.load(path)
    rows = profiles.typical(data, [0, 0, 1, 1], data.X[[0, 2]])
    assert [(row["cluster"], row["row"]) for row in rows] == [(0, 1), (0, 3), (1, 4), (1, 5)]
    assert "name" not in rows[0]
    indices = [row["row"] for row in profiles.typical(points([[1.0], [5.0]]), [0, 0], [[5.0]])]
    assert indices == [1, 0]


def test_typical_rows_hold_nothing_of_the_rows(data):
    centers = np.array([data.X[planted == k].mean(axis=0) for k in range(3)])
    rows = profiles.typical(data, planted, centers)
    assert {key for row in rows for key in row} == {"cluster", "row", "name", "distance"}


@pytest.mark.parametrize(
    ("centers", "labels", "words"),
    [
        (np.zeros((2, 3)), [0, 1, 1], "centers has shape .2, 3., but X has n_features=2"),
        (np.zeros(2), [0, 1, 1], "Give one centre per row"),
        (np.zeros((2, 2)), [0, 1, 2], "labels range from 0 to 2, but there are 2 centres"),
        (np.zeros((2, 2)), [0, 1, -1], "labels range from -1 to 1"),
        (np.zeros((2, 2)), [0, 1], "labels has length 2, but X has n_samples=3"),
        (np.zeros((2, 2)), [0.5, 1, 1], "labels must be integers"),
    ],
)
def test_wrong_input_is_refused_in_words(centers, labels, words):
    with pytest.raises(ValueError, match=words):
        profiles.typical(points(np.eye(3)[:, :2]), labels, centers)


def test_labels_of_other_rows_are_refused(data, found):
    with pytest.raises(ValueError, match="labels has length 3, but X has n_samples=120"):
        profiles.profile(data, [0, 1, 2])
    with pytest.raises(ValueError, match="most=0 is too small"):
        found.apart(0)


@pytest.mark.parametrize(
    ("value", "spread", "said"),
    [
        (31.234, 7.3, "31.2"),
        (31212.4, 7300, "31200"),
        (-0.01, 7.3, "0.0"),
        (0.00123456, 0.0002, "0.00123"),
        (1e-9, 3e-10, "1e-09"),
        (1.23456e12, 1e10, "1.235e+12"),
        (20241231.0, 2.0, "20241231.0"),
        (-0.93, 1 - 1e-12, "-0.9"),
        (-0.93, 1.0, "-0.9"),
        (4.0, 0.0, "4"),
        (0.0, 1e-30, "0"),
    ],
)
def test_numbers_have_as_many_digits_as_matter(value, spread, said):
    assert wording.rounded(value, spread) == said


def test_only_none_is_0_and_only_all_are_100_percent():
    shares = [-0.0, 0, 0.004, 0.5, 0.996, 1]
    said = [wording.percent(share) for share in shares]
    assert said == ["0 %", "0 %", "under 1 %", "50 %", "over 99 %", "100 %"]


def test_the_figure_tells_its_numbers(found):
    alt = plots.differences(found, title="Cafés").alt
    price = named(found, "price").deviations[1, 0]
    beer = named(found, "serves").deviations[2, 0]
    assert alt.startswith("Cafés. ")
    assert "cluster 1 (40 rows): seats" in alt
    assert f"price {price:+.1f}" in alt
    assert f"cluster 2 (20 rows): serves = beer {beer:+.1f}" in alt


def test_the_figure_has_a_line_for_two_categories_and_one_for_each_of_more(found):
    names, values = lines_of(found)
    assert sorted(name for name in names if "=" in name) == [
        "serves = beer",
        "serves = cake",
        "serves = soup",
        "terrace = yes",
    ]
    terrace = named(found, "terrace")
    line = values[:, names.index("terrace = yes")]
    np.testing.assert_allclose(np.abs(line), terrace.differences)
    assert (line * (terrace.means[:, 1] - terrace.mean[1]) >= 0).all()
    assert line[0] < 0 < line[2]
    # Of a column with more categories the squares of the lines add up.
    lines = values[:, [name.startswith("serves") for name in names]]
    np.testing.assert_allclose((lines**2).sum(axis=1), named(found, "serves").differences ** 2)


def test_a_figure_of_many_columns_keeps_what_is_largest_for_each_cluster():
    rng = np.random.default_rng(0)
    labels = rng.integers(8, size=400)
    X = rng.normal(size=(400, 40)) + 0.5 * rng.normal(size=(8, 40))[labels]
    X[labels == 3, 7] += 0.9  # what is most for cluster 3, and little for all
    found = profiles.profile(points(X), labels)
    figure = plots.differences(found).figure
    drawn = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert len(drawn) == 20
    for row in found.apart(1):
        assert row["column"] in drawn
    assert "20 of 40 lines" in plots.differences(found).alt
    ranking = [row["column"] for row in found.ranking()]
    assert drawn == [name for name in ranking if name in drawn]


def test_what_goes_far_beyond_is_written_and_leaves_the_rest_legible():
    X = np.random.default_rng(0).normal(size=(300, 2))
    X[0] = [0, 200]
    labels = np.arange(300) % 2 + 1
    labels[0] = 0
    ax = plots.differences(profiles.profile(points(X), labels)).figure.axes[0]
    assert [text.get_text() for text in ax.texts] == ["+17"]
    assert ax.texts[0].xy[0] < ax.get_xlim()[1] < 4


@pytest.mark.parametrize("name", ["$\\frac$", "a" * 90, "cost ($)", "_x_", "two\nlines"])
def test_any_name_of_a_column_can_be_drawn(name):
    found = profiles.profile(points([[1.0], [2.0], [5.0]], feature_names=(name,)), [0, 0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot = plots.differences(found)
        assert plot.png()
    (tick,) = plot.figure.axes[0].get_yticklabels()
    assert len(tick.get_text()) <= 28


@pytest.mark.parametrize("n_clusters", [1, 2, 8, 9, 23])
def test_any_number_of_clusters_has_a_panel_each(n_clusters):
    rng = np.random.default_rng(0)
    found = profiles.profile(points(rng.normal(size=(60, 3))), np.arange(60) % n_clusters)
    figure = plots.differences(found).figure
    titles = [ax.get_title(loc="center") for ax in figure.axes if ax.axison]
    assert [title.split("\n")[0] for title in titles] == [f"cluster {k}" for k in range(n_clusters)]
