"""A user's own table: the role of each column, and the encoding of later tables."""

import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dkm import KMeans, datasets, metrics
from dkm.datasets import DataError
from dkm.tables import column_roles, column_values, loading, memory
from tools import make_messy_table

RNG = np.random.default_rng(0)
SIZES = RNG.normal(50, 10, 40).round(1)


def save(tmp_path, frame, name="t.csv", **options):
    path = tmp_path / name
    if isinstance(frame, str):
        path.write_text(frame, encoding="utf-8")
    else:
        pd.DataFrame(frame).to_csv(path, index=False, **options)
    return path


def loaded(tmp_path, frame, **options):
    return datasets.load(save(tmp_path, frame), **options)


def uses(data):
    return {column.name: column.used_as for column in data.columns}


def why(data, name):
    return next(column.why for column in data.columns if column.name == name)


def role_of(name, values):
    return column_roles.role_of(name, column_values.read(pd.Series(values)))[0]


# ---- one value ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", " 2.5 ", "-3e2", "+.5", "5."], [1, 2.5, -300, 0.5, 5]),
        (["1,5", "-2,25", "1.234,5"], [1.5, -2.25, 1234.5]),
        (["1,234.5", "12,345,678", "3"], [1234.5, 12345678, 3]),
        (["1 234,5", "1\u00a0234,5", "1\u202f000"], [1234.5, 1234.5, 1000]),
        (["1'234.5", "2’000"], [1234.5, 2000]),
        (["12 %", "13%", "-4 %"], [12, 13, -4]),
        (["€ 3.50", "€4", "-€ 1,000.5"], [3.5, 4, -1000.5]),
        (["3 EUR", "1.234,50 EUR", "2"], [3, 1234.5, 2]),
        (["36.6 °C", "40°C"], [36.6, 40]),
        (["−3", "4"], [-3, 4]),
        (["<0.01", "0.5", "> 12", "~ 3", ">= 2"], [0.01, 0.5, 12, 3, 2]),
        (["0,125", "1,234"], [0.125, 1.234]),
        (["1,234", "2,345"], [1234, 2345]),
        (["7", "007", "12"], [7, 7, 12]),
    ],
)
def test_numbers_as_people_write_them(texts, numbers):
    assert column_values.read(pd.Series(texts)).numbers.tolist() == numbers


@pytest.mark.parametrize(
    "texts", [["007", "012"], ["1.2.3", "4"], ["12 kg", "500 g"], ["1-2", "3"]]
)
def test_what_is_no_number(texts):
    assert column_values.read(pd.Series(texts)).numbers is None


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_number_that_leaves_its_decimal_mark_open(decimal):
    found = column_values.read(pd.Series(["1.234", "2.000"]), decimal).numbers.tolist()
    assert found == ([1.234, 2.0] if decimal == "." else [1234, 2000])


@pytest.mark.parametrize(
    "nothing", ["", " ", "NA", "n/a", "N/A", "NaN", "nan", "null", "None", "-", "?", "#N/A", None]
)
def test_missing_in_all_spellings(nothing):
    assert column_values.read(pd.Series(["1", nothing, "3"])).missing.tolist() == [
        False,
        True,
        False,
    ]
    assert column_values.read(pd.Series(["a", nothing, "b"])).missing.tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("infinite", ["inf", "-inf", "Infinity", "1e400", "-1e200"])
def test_infinite_is_missing_and_said(infinite):
    values = column_values.read(pd.Series(["1", infinite, "3"]))
    assert values.missing.tolist() == [False, True, False]
    assert "1 infinite" in values.issues[0]
    assert column_values.read(pd.Series([1.0, float(infinite)])).missing.tolist() == [False, True]


def test_limits_are_read_as_numbers_and_said():
    values = column_values.read(pd.Series(["<0.01", "<0.01", "0.5", "1", "x", "2", "3"]))
    assert values.numbers[0] == 0.01
    assert values.issues == (
        "'x' not numeric, treated as missing",
        "'<0.01' (2 times) read without the leading symbol",
    )


def test_few_words_among_numbers_are_missing_many_make_words():
    few = column_values.read(pd.Series([*map(str, range(10)), "sold out", "ask"]))
    assert few.n_missing == 2
    assert few.issues == ("'sold out', 'ask' not numeric, treated as missing",)
    assert column_values.read(pd.Series([*map(str, range(7)), "a", "b", "c"])).numbers is None


# ---- one column --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values", "used_as"),
    [
        ("x", range(30), "row names"),
        ("x", RNG.permutation(30), "row names"),
        ("CustomerID", RNG.choice(10**6, 30, replace=False), "row names"),
        ("order code", RNG.choice(10**6, 30, replace=False), "row names"),
        ("Nr.", RNG.choice(10**6, 30, replace=False), "row names"),
        ("population", RNG.choice(10**6, 30, replace=False), "numbers"),
        ("income", np.arange(0, 300, 10), "numbers"),
        ("paid", RNG.choice(100, 30), "numbers"),  # "id" is in it, but is no word of it
        ("pain index", RNG.integers(1, 11, 30), "numbers"),
        ("store_id", [1, 2, 3] * 10, "categories"),
        ("store_id", [*range(20), *range(20), 0], "categories"),
        ("store_id", [*range(60), *range(60)], "left out"),
        ("flag", [0, 1] * 15, "numbers"),
        ("name", [f"n{i}" for i in range(30)], "row names"),
        ("name", [f"n{i}" for i in range(29)] + ["n0"], "left out"),
        ("note", ["a long text on something " * 3 + str(i) for i in range(30)], "left out"),
        ("kind", ["red", "blue", "green"] * 10, "categories"),
        ("kind", ["yes", "no"], "row names"),
        ("kind", ["yes", "no", "no"], "categories"),
        ("plz", ["01067", "10115", "80331"] * 10, "categories"),
        ("city", [f"c{i % 50}" for i in range(300)], "categories"),
        ("city", [f"c{i % 51}" for i in range(300)], "left out"),
        ("kind", pd.Categorical([3, 1, 2, 3]), "categories"),
        ("ok", [True, False, True], "categories"),
        ("same", [5] * 9, "left out"),
        ("same", [0.1 + 0.2, 0.3, 0.3], "left out"),
        ("same", ["x"] * 9, "left out"),
        ("half", [1, 2, None, None], "numbers"),
        ("most", [1, 2, None, None, None], "left out"),
        ("none", [None] * 3, "left out"),
        ("things", [[1], [2]], "left out"),
        ("bytes", [b"\xff", b"\xfe"], "left out"),
    ],
)
def test_what_a_column_is_used_as(name, values, used_as):
    assert role_of(name, values) == used_as


@pytest.mark.parametrize(
    "dates",
    [
        ["2025-12-31", "2025-01-02", "2025-12-31"],
        ["2025-12-31T10:20:30Z", "2025-12-31 10:20:30.5+02:00"],
        ["31.12.2025", "1.2.25"],
        ["12/31/2025", "1/2/2025 10:30 PM"],
        ["31 Dec 2025", "1. März 2024"],
        ["December 31, 2025", "May 1, 2025"],
        ["2025年3月1日", "2025年12月31日"],
        ["08:30", "9:15"],
        [20251231, 20240229, 20240101],
        pd.to_datetime(["2025-12-31", "2025-01-01"]),
        pd.to_timedelta(["1D", "2D"]),
    ],
)
def test_dates_are_left_out(dates):
    assert column_roles.role_of("x", column_values.read(pd.Series(dates)))[1].startswith(
        "dates or times"
    )


def test_seconds_since_1970_are_dates_only_by_name():
    seconds = [1_700_000_000, 1_700_000_100, 1_700_100_000]
    assert role_of("created_at", seconds) == "left out"
    assert role_of("timestamp", np.multiply(seconds, 1000)) == "left out"
    assert role_of("revenue", seconds) == "numbers"


# ---- one table ---------------------------------------------------------------------------------


def test_numbers_are_standardised_with_the_median_for_the_missing(tmp_path):
    sizes = [*SIZES, np.nan, np.inf]
    data = loaded(tmp_path, {"size": sizes, "other": range(0, 84, 2)})
    filled = np.append(SIZES, [np.median(SIZES)] * 2)
    assert np.allclose(data.X[:, 0], (filled - filled.mean()) / filled.std(), rtol=1e-12, atol=0)
    assert np.allclose(data.X.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(data.X.std(axis=0), 1, rtol=1e-12)
    assert "standard deviation" in data.value_range
    column = data.columns[0]
    assert (column.missing, column.used_as) == (2, "numbers")
    assert "'size' 2" in data.notes


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e140])
def test_very_small_and_very_large_numbers(tmp_path, scale):
    data = loaded(tmp_path, {"size": SIZES * scale, "x": SIZES[::-1]})
    assert np.allclose(data.X[:, 0], loaded(tmp_path, {"size": SIZES}).X[:, 0], atol=1e-9)


@pytest.mark.parametrize("shares", [(1, 39), (20, 20), (10, 10, 20), (2,) * 20])
def test_a_column_of_categories_weighs_as_much_as_one_of_numbers(tmp_path, shares):
    kind = np.repeat([f"k{i:02}" for i in range(len(shares))], shares)
    data = loaded(tmp_path, {"size": SIZES, "kind": RNG.permutation(kind)})
    block = data.X[:, 1:]
    assert block.shape == (40, len(shares))
    assert np.allclose(block.mean(axis=0), 0, atol=1e-12)
    assert block.var(axis=0).sum() == pytest.approx(1, rel=1e-12)
    assert data.feature_names[1] == "kind = k00"


def test_two_categories_are_as_far_apart_as_zero_and_one_standardised(tmp_path):
    flag = RNG.integers(0, 2, 40)
    data = loaded(tmp_path, {"flag": flag, "word": np.where(flag, "yes", "no")})
    number, block = data.X[:, 0], data.X[:, 1:]
    apart = np.linalg.norm(block[flag == 0][0] - block[flag == 1][0])
    assert apart == pytest.approx(np.ptp(number), rel=1e-12)


def test_without_standardising_the_units_stay(tmp_path):
    data = loaded(tmp_path, {"size": SIZES, "kind": ["a", "b"] * 20}, standardize=False)
    assert np.array_equal(data.X, np.column_stack([SIZES, [1, 0] * 20, [0, 1] * 20]))
    assert "as in the file" in data.value_range


def test_categories_that_differ_in_case_and_spaces_are_one(tmp_path):
    kind = ["North", "north ", "NORTH", "North", "South  Sea", "South Sea", "South Sea"]
    data = loaded(tmp_path, {"kind": kind, "x": SIZES[:7]})
    assert data.recipe.columns[0].categories == ("North", "South Sea")
    assert "; merged from 5 spellings" in why(data, "kind")
    assert np.count_nonzero(data.X[:, 1] > 0) == 3


def test_a_table_with_every_kind_of_column(tmp_path):
    frame = pd.DataFrame(
        {
            "shop": [f"shop {i}" for i in range(40)],
            "id": range(40),
            "size": SIZES,
            "kind": ["a", "b"] * 20,
            "opened": pd.date_range("2025-01-01", periods=40).astype(str),
            "country": "DE",
            "class": ["p", "q", "r", None] * 10,
            "unwanted": SIZES[::-1],
        }
    )
    data = loaded(tmp_path, frame, label="class", leave_out=["unwanted"])
    assert uses(data) == {
        "shop": "left out",
        "id": "row names",
        "size": "numbers",
        "kind": "categories",
        "opened": "left out",
        "country": "left out",
        "class": "classes",
        "unwanted": "left out",
    }
    assert data.feature_names == ("size", "kind = a", "kind = b")
    assert data.row_names.tolist() == frame["id"].astype(str).tolist()
    assert data.rows.tolist() == list(range(1, 41))
    assert data.target_names == ("p", "q", "r")
    assert data.y.tolist() == [0, 1, 2, -1] * 10
    for words in (
        "'opened' (dates",
        "'country' (the same value",
        "'unwanted' (as requested)",
        "'class' 10",
    ):
        assert words in data.notes
    assert "classes: 3, with 10 to 10 points; 10 points without a class" in data.describe()


def test_the_label_is_never_part_of_the_points(tmp_path):
    frame = {"size": SIZES, "other": SIZES[::-1]}
    with_label = loaded(tmp_path, {**frame, "class": [1, 10, 9, 1] * 10}, label="class")
    assert np.array_equal(with_label.X, loaded(tmp_path, frame).X)
    assert with_label.target_names == ("1", "9", "10")


def test_rows_without_a_value_are_left_out_and_keep_their_numbers(tmp_path):
    text = "name,size,kind\na,1,x\n,,\nb,2,y\nc,,\nd,4,x\n" + ",,\n" * 30
    data = loaded(tmp_path, text + "e,5,y\n")
    assert data.rows.tolist() == [1, 3, 5, 36]
    assert data.row_names.tolist() == ["a", "b", "d", "e"]
    assert "no value in any column used: 32" in data.notes


def test_row_id_by_name_and_rows_without_one(tmp_path):
    frame = {"a": [f"n{i}" for i in range(4)], "b": ["x", "x", None, "z"], "size": [1.5, 2, 3, 4]}
    assert loaded(tmp_path, frame, row_id="b").row_names.tolist() == ["x", "x", "row 3", "z"]
    assert loaded(tmp_path, frame).recipe.row_id == "a"
    codes = RNG.choice(10**6, 4, replace=False)
    assert loaded(tmp_path, {**frame, "person_id": codes}).recipe.row_id == "person_id"
    assert loaded(tmp_path, {"size": SIZES}).row_names is None


def test_a_name_twice_with_the_same_values_counts_once(tmp_path):
    text = "size,size,size\n" + "".join(f"{x},{x},{x + x % 3}\n" for x in SIZES)
    data = loaded(tmp_path, text)
    assert uses(data) == {"size": "numbers", "size (2)": "left out", "size (3)": "numbers"}
    assert why(data, "size (2)") == "the same values as 'size'"


def test_one_row(tmp_path):
    data = loaded(tmp_path, "size,price\n1,2.5\n")
    assert data.X.tolist() == [[0, 0]]
    assert "only one row" in data.notes


def test_ten_thousand_columns(tmp_path):
    X = RNG.normal(size=(5, 10_000)).round(3)
    np.save(tmp_path / "t.npy", X)
    assert datasets.load(tmp_path / "t.npy").X.shape == (5, 10_000)


def test_classes_come_with_an_npz(tmp_path):
    X, y = RNG.normal(size=(30, 2)), np.repeat([3, 1, 2], 10)
    np.savez(tmp_path / "t.npz", X=X, y=y)
    data = datasets.load(tmp_path / "t.npz")
    assert np.allclose(data.X, (X - X.mean(axis=0)) / X.std(axis=0))
    assert np.array_equal(data.y, y - 1)
    assert data.target_names == ("1", "2", "3")


def test_the_same_table_in_each_kind_of_file(tmp_path):
    frame = pd.DataFrame({"size": SIZES, "kind": ["a", "b"] * 20, "ok": [True, False] * 20})
    frame.loc[3, "size"] = np.nan
    frame.to_csv(tmp_path / "a.csv", index=False, sep=";", decimal=",", encoding="utf-16")
    frame.to_csv(tmp_path / "b.tsv", index=False, sep="\t", na_rep="NA")
    frame.to_parquet(tmp_path / "c.parquet")
    frame.astype({"kind": "category"}).to_parquet(tmp_path / "d.parquet")
    np.savez(tmp_path / "e.npz", **{name: frame[name].to_numpy() for name in ("size", "ok")})
    X = [datasets.load(path).X for path in sorted(tmp_path.iterdir())]
    for other in X[1:4]:
        assert np.array_equal(X[0], other)
    assert np.array_equal(X[0][:, [0, 3, 4]], X[4])


SMALL = "size,kind\n1,a\n2,b\n3,a\n"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (
            SMALL,
            {"label": "kinds"},
            r"label='kinds', but t\.csv has no such column\. Did you mean 'k",
        ),
        (
            SMALL,
            {"row_id": "id"},
            r"row_id='id', but t\.csv has no such column\. Columns: size, kind",
        ),
        (SMALL, {"leave_out": ["size", "x"]}, "leave_out='x', but"),
        ("size,kind\n1,\n2,\n3,\n", {"label": "kind"}, "label='kind', but .* has no values"),
        ("a,b\n,\nNA,?\n", {}, "no values: all fields of its 2 rows are empty"),
        (
            "id,d\n1,2025-01-01\n2,2025-01-01\n",
            {},
            r"used for clustering\. 'id': .*identifier, 'd': dates",
        ),
        (
            "a,b\n1,2\n1,2\n",
            {},
            r"no column that can be used for clustering\. 'a': the same value in all rows: 1",
        ),
    ],
)
def test_tables_that_will_not_do(tmp_path, text, options, words):
    with pytest.raises(DataError, match=words):
        loaded(tmp_path, text, **options)


def test_a_label_of_measurements_is_refused(tmp_path):
    frame = {"size": RNG.normal(size=200), "price": RNG.normal(size=200)}
    with pytest.raises(
        DataError, match=r"label='price' has 200 different values.*too many for classes"
    ):
        loaded(tmp_path, frame, label="price")


def test_too_many_points_for_the_memory(tmp_path, monkeypatch):
    path = save(tmp_path, {"kind": [f"k{i % 50}" for i in range(2000)]})
    monkeypatch.setattr(memory, "total", lambda: 4 * path.stat().st_size * 2)
    with pytest.raises(DataError, match="would take"):
        datasets.load(path)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("digit", {}, "No data set named 'digit'. Did you mean 'digits'.*give its path"),
        (5, {}, "No data set named 5"),
        ("digits", {"label": "y"}, "apply only to files, and 'digits' is not a file"),
        ("digits", {"standardize": False}, "apply only to files"),
        ("mi.csv", {}, "There is no file mi.csv"),
        ("./digits", {}, "The file has no extension"),
    ],
)
def test_names_and_paths(name, options, words):
    with pytest.raises(ValueError, match=words):
        datasets.load(name, **options)


# ---- later tables ------------------------------------------------------------------------------


FIRST = {
    "shop": [f"shop {i}" for i in range(40)],
    "size": SIZES,
    "kind": RNG.permutation(["a", "b", "c", "c"] * 10),
    "class": ["p", "q"] * 20,
    "note": ["x"] * 40,
}


@pytest.fixture
def first(tmp_path):
    return loaded(tmp_path, FIRST, label="class")


def test_the_first_table_again_gives_the_same_points(tmp_path, first):
    X, row_names, rows, notes = loading.read_new(save(tmp_path, FIRST), first.recipe)
    assert np.array_equal(X, first.X)
    assert row_names.tolist() == first.row_names.tolist()
    assert rows.tolist() == first.rows.tolist()
    assert notes == ("Columns are separated by ','.",)


def test_a_recipe_survives_json_and_holds_no_rows(first):
    content = first.recipe.as_dict()
    text = json.dumps(content)
    assert loading.Recipe.from_dict(json.loads(text)) == first.recipe
    assert "shop 1" not in text
    assert str(SIZES[0]) not in text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c.pop("columns"),
        lambda c: c["columns"][0].update(kind="Other"),
        lambda c: c["columns"][0].pop("median"),
        lambda c: c["columns"][0].update(scale=0),
        lambda c: c["columns"][0].update(center=None),
        lambda c: c["columns"][0].update(median=float("nan")),
        lambda c: c["columns"][1].update(categories=["a"]),
        lambda c: c["columns"][1].update(shares=["a", "b", "c"]),
        lambda c: c["columns"][1].update(center=5),
    ],
)
def test_a_spoilt_recipe_is_refused(first, spoil):
    content = json.loads(json.dumps(first.recipe.as_dict()))
    spoil(content)
    with pytest.raises((TypeError, ValueError, KeyError)):
        loading.Recipe.from_dict(content)


def test_each_row_becomes_the_same_point_alone(first):
    frame = pd.DataFrame(FIRST)
    for i in range(5):
        X, _ = first.recipe.apply(frame.iloc[[i]])
        assert np.array_equal(X[0], first.X[i])


def test_order_and_further_columns_do_not_matter(first):
    frame = pd.DataFrame(FIRST)[["note", "kind", "size"]].assign(colour="red")
    X, notes = first.recipe.apply(frame)
    assert np.array_equal(X, first.X)
    assert notes == ("Columns ignored because they are new: 'colour'.",)


def test_missing_columns_are_named_with_what_is_near(tmp_path, first):
    path = save(tmp_path, {"Size": [1], "colour": ["red"]})
    with pytest.raises(
        DataError, match=r"^t\.csv: .*'size' \(similar: 'Size'\), 'kind'\. Rename.*Size, col"
    ):
        loading.read_new(path, first.recipe)  # fmt: skip


def test_unknown_and_missing_values_lie_in_the_middle_and_are_said(first):
    frame = pd.DataFrame({"size": [None, "ask", 50], "kind": ["A", "new", None]})
    X, notes = first.recipe.apply(frame)
    middle = (np.median(SIZES) - SIZES.mean()) / SIZES.std()
    assert X[:2, 0] == pytest.approx(middle, rel=1e-12)
    assert np.array_equal(X[0, 1:], first.X[FIRST["kind"] == "a"][0, 1:])
    assert np.allclose(X[1:, 1:], 0, atol=1e-15)
    said = " ".join(notes)
    for words in (
        "'ask' not numeric",
        "size: 2 missing",
        "'new' not in the",
        "kind: 1 missing",
    ):
        assert words in said


def test_a_new_missing_value_is_the_category_missing_where_there_is_one(tmp_path):
    data = loaded(tmp_path, {"kind": ["a", None, "b", "a"] * 5, "size": SIZES[:20]})
    X, notes = data.recipe.apply(pd.DataFrame({"kind": [None], "size": [SIZES[1]]}))
    assert np.array_equal(X[0], data.X[1])
    assert notes == ()


def test_numbers_are_read_by_the_decimal_mark_of_the_first_table(tmp_path):
    path = save(tmp_path, "size;x\n1.234,5;1\n2,5;7\n3,5;9\n")
    recipe = datasets.load(path, standardize=False).recipe
    X, *_ = loading.read_new(save(tmp_path, "size,x\n1.234,3\n"), recipe)
    assert X.tolist() == [[1234, 3]]


def test_another_unit_is_said(tmp_path):
    recipe = loaded(tmp_path, "size\n1 kg\n2 kg\n4 kg\n").recipe
    _, notes = recipe.apply(pd.DataFrame({"size": ["5 g"]}))
    assert notes == (
        "size: the unit is 'g', but it was 'kg' in the first table; the numbers are not converted.",
    )


def test_a_new_table_without_values(tmp_path, first):
    path = save(tmp_path, "size,kind,shop\n,,a\n,,b\n")
    with pytest.raises(DataError, match=r"no value in any column used, in 2 rows"):
        loading.read_new(path, first.recipe)
    path = save(tmp_path, "size,kind,shop\n,,a\n5,a,b\n")
    X, row_names, rows, notes = loading.read_new(path, first.recipe)
    assert (X.shape, row_names.tolist(), rows.tolist()) == ((1, 4), ["b"], [2])
    assert "no value in any column used: 1" in " ".join(notes)


def test_codes_in_words_and_in_numbers_are_the_same_category(tmp_path):
    first = loaded(tmp_path, {"store_id": [1, 2, 3, 2] * 5, "size": SIZES[:20]})
    assert first.recipe.columns[0].categories == ("1", "2", "3")
    again = pd.DataFrame({"store_id": ["1", "2", "3", "2"] * 5, "size": SIZES[:20]})
    assert np.array_equal(first.recipe.apply(again)[0], first.X)
    assert np.array_equal(first.recipe.apply(again.astype({"store_id": float}))[0], first.X)


# ---- the messy table of the notebook -----------------------------------------------------------


@pytest.fixture(scope="module")
def cafes():
    return datasets.load(make_messy_table.TABLE, label="type")


def test_the_messy_table_is_what_its_script_writes():
    written = make_messy_table.as_file(make_messy_table.make())
    assert make_messy_table.TABLE.read_bytes() == written


def test_every_trouble_of_the_messy_table_is_seen(cafes):
    by_use = {}
    for column in cafes.columns:
        by_use.setdefault(column.used_as, []).append(column.name)
    assert {use: ", ".join(names) for use, names in by_use.items()} == {
        "row names": "id",
        "left out": "opened, currency, inspection, note",
        "categories": "district, music, wifi",
        "numbers": "seats, coffee price, minutes per visit, guests per day, takeaway, rating, "
        "rating (2)",
        "classes": "type",
    }
    for words in (
        "Windows-1252",
        "by ';'",
        "'rating' is repeated",
        "in any column used: 1",
        "without a name",
    ):
        assert words in cafes.notes
    for name, words in {
        "seats": "'approx. 20' (3 times)",
        "coffee price": "'€' removed; decimal comma",
        "guests per day": "'.' as thousands separator",
        "takeaway": "'%' removed",
        "district": "4 categories: Harbour, Old Town, Südstadt, University; merged from 8 "
        "spellings",
        "inspection": "values are missing",
    }.items():
        assert words in why(cafes, name)
    assert 1 <= np.ptp(cafes.X[:, cafes.feature_names.index("coffee price")]) < 10
    assert 201 not in cafes.rows


def test_the_planted_groups_are_found_and_the_type_agrees_in_part(cafes):
    labels = KMeans(3, random_state=0).fit_predict(cafes.X)
    known = cafes.y >= 0
    planted = make_messy_table.plant(np.random.default_rng(make_messy_table.SEED), 300)
    assert metrics.ari(planted, labels) > 0.98
    assert 0.6 < metrics.ari(cafes.y[known], labels[known]) < 0.85


# ---- any table ---------------------------------------------------------------------------------

NOTHING = ["", "NA"]
NUMBERS = ["1", "2", "2.5", "1.234", "-3", "1e3", "12", "0.1", "7", "1e300", "inf", *NOTHING]
OF_EUROPE = ["1,5", "1.234,5", "-3", "12 %", "1.234", *NOTHING]
WORDS = ["a", "A ", "b", "x;y", 'say "no"', "line\nbreak", "数", "Ä", "yes", "2025-01-01", *NOTHING]
COLUMNS = [NUMBERS, OF_EUROPE, ["a", "b", "c", ""], WORDS, [*NUMBERS, *WORDS, "007", "€ 3"]]


@st.composite
def grids(draw):
    """Rows of a table whose columns hold this or that."""
    holds = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=5))
    row = st.tuples(*(st.sampled_from(cells) for cells in holds))
    return draw(st.lists(row, min_size=1, max_size=20))


@given(grids(), st.sampled_from([",", ";", "\t", "|"]), st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_table_becomes_finite_points_or_is_refused_in_words(
    tmp_path_factory, rows, separator, standardize
):
    names = [f"c{i}" for i in range(len(rows[0]))]
    path = tmp_path_factory.mktemp("any") / "t.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False, sep=separator)
    with suppress(DataError):
        data = datasets.load(path, standardize=standardize)
        assert np.isfinite(data.X).all()
        assert [column.name for column in data.columns] == names
        assert data.X.shape == (len(data.rows), len(data.feature_names))
        if standardize:
            used = [c for c in data.recipe.columns if np.ptp(data.X[:, place(data, c)]) > 0]
            for column in used:
                block = data.X[:, place(data, column)]
                assert block.var(axis=0).sum() == pytest.approx(1, rel=1e-9)
        recipe = loading.Recipe.from_dict(json.loads(json.dumps(data.recipe.as_dict())))
        again = loading.read_new(path, recipe)
        assert np.array_equal(again[0], data.X)
        assert np.array_equal(again[2], data.rows)


def place(data, column):
    """Which columns of X a column of the file became."""
    start = data.feature_names.index(column.features[0])
    return slice(start, start + len(column.features))
