"""Files of tables: every form that people have, and every way in which a file can be broken."""

import gzip
import os
import pickle
import re
import zipfile
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dkm.datasets import DataError
from dkm.tables import delimited, file_types, memory, readers


def frame_of(tmp_path, content, name="t.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return readers.read(path)


def cells(table):
    return table.frame.astype(object).values.tolist()


# ---- text ------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path, separator, ending):
    lines = [["name", "size", "note"], ["a", "1", "x"], ["b", "2", "y z"]]
    table = frame_of(tmp_path, ending.join(separator.join(line) for line in lines))
    assert list(table.frame) == lines[0]
    assert cells(table) == lines[1:]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("word", ["Café Größe", "数据集", "smørrebrød €"])
def test_unicode_in_all_its_forms(tmp_path, encoding, word):
    table = frame_of(tmp_path, f"größe,wort\n1,{word}\n", encoding=encoding)
    assert list(table.frame) == ["größe", "wort"]
    assert cells(table) == [["1", word]]


def test_windows_1252_and_gb_18030_are_told_apart_and_said(tmp_path):
    european = frame_of(tmp_path, "städte;größe;preis\nKöln;1;3 €\nGöß;2;4 €\n", encoding="cp1252")
    assert cells(european)[0] == ["Köln", "1", "3 €"]
    assert "Windows-1252" in " ".join(european.notes)
    chinese = frame_of(tmp_path, "城市,人口\n北京,1\n上海,2\n", encoding="gb18030")
    assert list(chinese.frame) == ["城市", "人口"]
    assert cells(chinese)[0] == ["北京", "1"]
    assert "GB 18030" in " ".join(chinese.notes)


def test_one_damaged_letter_does_not_change_the_encoding(tmp_path):
    data = ("name,n\n" + "Grün,1\n" * 50).encode() + b"\xff,1\n"
    table = frame_of(tmp_path, data)
    assert cells(table)[0] == ["Grün", "1"]
    assert "could not be decoded, shown as \ufffd: 1." in " ".join(table.notes)


def test_quoted_fields_hold_separators_quotes_and_line_breaks(tmp_path):
    table = frame_of(tmp_path, 'a,b\n"x, y","he said ""no"""\n"two\nlines",5" pipe\n')
    assert cells(table) == [["x, y", 'he said "no"'], ["two\nlines", '5" pipe']]


@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n"),
                max_size=6,
            ),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_what_pandas_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    wanted = pd.DataFrame([["word", *row] for row in rows], columns=["k", "first", "second", "3rd"])
    path.write_text(wanted.to_csv(index=False), encoding="utf-8", newline="")
    assert cells(readers.read(path)) == wanted.values.tolist()


def test_a_quoted_line_break_in_the_header(tmp_path):
    assert list(frame_of(tmp_path, '"size\n(cm)",b\n1,2\n').frame) == ["size (cm)", "b"]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("a;b\n1,5;2\n", ","),
        ("a;b\n1.5;2\n", "."),
        ("a;b\n1.234;2\n", ","),  # with semicolons and nothing else to go by
        ("a,b\n1.234,2\n", "."),
        ("a;b\n1.234;2\n2,5;1\n", ","),
        ("a\tb\n1,234.5\t2\n", "."),
        ("a\tb\n1.234,5\t2\n", ","),
    ],
)
def test_decimal_mark(tmp_path, text, decimal):
    assert frame_of(tmp_path, text).decimal == decimal


def test_without_column_names_and_with_numbers_as_names(tmp_path):
    bare = frame_of(tmp_path, "5.1,3.5,setosa\n4.9,3.0,setosa\n")
    assert list(bare.frame) == ["column 1", "column 2", "column 3"]
    assert len(bare.frame) == 2
    assert "The file has no header: the columns are numbered." in " ".join(bare.notes)
    years = frame_of(tmp_path, "country,1990,2000,2010\nA,1,2,3\n")
    assert list(years.frame) == ["country", "1990", "2000", "2010"]
    numbered = frame_of(tmp_path, "0,1,2\n5,3,4\n")
    assert list(numbered.frame) == ["0", "1", "2"]
    assert "The first line is used as the header" in " ".join(numbered.notes)


def test_names_that_occur_twice_or_not_at_all(tmp_path):
    table = frame_of(tmp_path, "x,x,,x (2),x\n1,2,3,4,5\n")
    assert list(table.frame) == ["x", "x (2)", "column 3", "x (2) (2)", "x (3)"]
    assert "'x' is repeated: the later column is called 'x (2)' here" in " ".join(table.notes)


def test_names_stay_different_when_thousands_are_the_same():
    names = delimited.make_unique(["x"] * 3000 + ["x (2)"])
    assert len(set(names)) == 3001


def test_trailing_separators_and_row_names_as_r_writes_them(tmp_path):
    trailing = frame_of(tmp_path, "a,b\n1,2,\n3,4,\n")
    assert (list(trailing.frame), cells(trailing)[1]) == (["a", "b"], ["3", "4"])
    both = frame_of(tmp_path, "a,b,\n1,2,\n3,4,\n")
    assert list(both.frame) == ["a", "b"]
    r = frame_of(tmp_path, '"size","price"\n"one",1,2\n"two",3,4\n')
    assert (list(r.frame), cells(r)[0]) == (["column 1", "size", "price"], ["one", "1", "2"])


def test_short_lines_are_filled_and_counted(tmp_path):
    table = frame_of(tmp_path, "a,b,c\n1,2,3\n4\n\n5,6,7\n")
    assert cells(table) == [["1", "2", "3"], ["4", "", ""], ["5", "6", "7"]]
    assert "too few fields, filled with missing values: 1." in " ".join(table.notes)


def test_one_column_of_decimal_commas_is_one_column(tmp_path):
    table = frame_of(tmp_path, "size\n1,5\n2,25\n")
    assert (list(table.frame), cells(table), table.decimal) == (["size"], [["1,5"], ["2,25"]], ",")
    assert list(frame_of(tmp_path, "a\tb\tc\n1,5\t\t\n").frame) == ["a", "b", "c"]


def test_one_column_keeps_its_empty_lines(tmp_path):
    assert cells(frame_of(tmp_path, "a\n1\n\n3\n")) == [["1"], [""], ["3"]]


def test_ten_thousand_columns(tmp_path):
    names = ",".join(f"measure number {i}" for i in range(10_000))
    table = frame_of(tmp_path, f"{names}\n" + f"{','.join(['1.5'] * 10_000)}\n" * 3)
    assert table.frame.shape == (3, 10_000)
    assert table.frame.iloc[2, 9_999] == "1.5"


BROKEN_TEXT = {
    "empty": (b"", "is empty"),
    "blank": (b"\n\n\n", "is empty"),
    "header only": (b"a,b,c\n", "no rows"),
    "rubbish": (bytes(range(256)) * 4, "not a text table"),
    "rubbish without zeros": (bytes(range(1, 256)) * 4, "not a text table"),
    "one zero": (b"\x00", "not a text table"),
    "zeros": (b"\x00\xff\xfe\x01" * 50, "not a text table"),
    "a quote never closed": (
        b'a,b\n1,"x\n2,y\n3,z\n',
        "line 4: .*not closed, or the file is truncated",
    ),
    "a long line": (b"a,b\n1,2\n3,4\n5,6,7\n", "line 4: 3 fields, but the first lines have 2"),
    "a title": (b"Report\n\na,b,c\n1,2,3\n", "first line has 1 fields, but the second has 3"),
    "a wide title": (b"a\nb\nx,y,z\n1,2,3\n", "line 3: 3 fields"),
    "Excel": (b"PK\x03\x04", "not a text file but a zip archive"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 20, "old Excel workbook"),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), "gzip archive.*Unpack"),
    "a web page": (b"<!DOCTYPE html><html><body>Please log in", "web page"),
    "JSON": (b'[{"a": 1}, {"a": 2}]', "JSON"),
    "a pickle": (pickle.dumps({"a": list(range(100))}, protocol=4), "Python pickle"),
    "Parquet": (b"PAR1" + b"\x15\x04" * 50, "Rename it to .parquet"),
}


@pytest.mark.parametrize("which", BROKEN_TEXT)
def test_what_is_no_table_is_told_in_words(tmp_path, which):
    content, words = BROKEN_TEXT[which]
    with pytest.raises(DataError, match=r"^t\.csv.*" + words):
        frame_of(tmp_path, content)


def test_an_excel_workbook_called_csv(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.csv", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(DataError, match=r"Excel workbook.*save it as CSV"):
        readers.read(tmp_path / "t.csv")


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("ending", file_types.EXTENSIONS)
def test_no_bytes_give_another_error(tmp_path_factory, ending, data):
    path = tmp_path_factory.mktemp("bytes") / f"t{ending}"
    path.write_bytes(data)
    with suppress(DataError):
        assert readers.read(path).frame.size


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("ending", [".npz", ".npy", ".parquet"])
def test_a_file_that_is_cut_off(tmp_path, ending, cut):
    path = tmp_path / f"t{ending}"
    X = np.random.default_rng(0).normal(size=(200, 3))
    if ending == ".npz":
        np.savez_compressed(path, X=X)
    elif ending == ".npy":
        np.save(path, X)
    else:
        pd.DataFrame(X, columns=list("abc")).to_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(cut * len(data))])
    with pytest.raises(DataError, match=r"^t\..*(incomplete|damaged)"):
        readers.read(path)


# ---- NumPy -----------------------------------------------------------------------------------


def savez(tmp_path, **arrays):
    np.savez(tmp_path / "t.npz", **arrays)
    return readers.read(tmp_path / "t.npz")


@pytest.mark.parametrize("key", ["X", "x", "data", "whatever"])
def test_npz_points_and_classes(tmp_path, key):
    X = np.arange(6.0).reshape(3, 2)
    table = savez(tmp_path, **{key: X, "y": np.array([0, 1, 0]), "about": np.array(5)})
    assert np.array_equal(table.frame.iloc[:, :2], X)
    assert table.label == "y"
    assert table.frame["y"].tolist() == [0, 1, 0]
    assert "not used: about" in " ".join(table.notes)


def test_npz_in_keras_layout(tmp_path):
    images = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    y = np.array([1, 2])
    table = savez(tmp_path, x_train=images, y_train=y, x_test=images[:1] + 1, y_test=y[:1])
    assert table.frame.shape == (3, 13)
    assert table.frame.iloc[2, :12].tolist() == (images[0] + 1).ravel().tolist()
    assert table.frame["y"].tolist() == [1, 2, 1]
    assert "shape 3 x 4" in " ".join(table.notes)


def test_npz_of_columns_and_of_names(tmp_path):
    table = savez(tmp_path, size=np.array([1.0, 2]), name=np.array(["a", "b"]))
    assert table.frame.to_dict("list") == {"size": [1.0, 2.0], "name": ["a", "b"]}
    table = savez(tmp_path, X=np.eye(3)[:, :2], feature_names=np.array(["p", "q"]))
    assert list(table.frame) == ["p", "q"]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({}, "no array"),
        (
            {"a": np.eye(2), "b": np.eye(3)},
            r"a \(2, 2\), b \(3, 3\).*Save the array of points as X",
        ),
        ({"a": np.arange(2), "b": np.arange(3)}, "no array with rows and columns"),
        ({"X": np.empty((0, 3))}, "no values"),
        ({"x_train": np.eye(2), "x_test": np.eye(3)}, "incompatible shapes"),
        ({"X": np.array([{"a": 1}], dtype=object)}, "Python objects.*never done"),
    ],
)
def test_npz_that_will_not_do(tmp_path, arrays, words):
    with pytest.raises(DataError, match=words):
        savez(tmp_path, **arrays)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.arange(3), r"shape \(3,\).*rows and columns"),
        (np.array([["a"]]), "Save a numeric array"),
        (np.array([[None]], dtype=object), "Python objects"),
        (np.eye(2) * 1j, "Save a numeric array"),
        (np.zeros(2, dtype=[("a", float), ("b", int)]), "Save a numeric array"),
    ],
)
def test_npy_that_will_not_do(tmp_path, array, words):
    np.save(tmp_path / "t.npy", array)
    with pytest.raises(DataError, match=words):
        readers.read(tmp_path / "t.npy")


class Trap:
    def __reduce__(self):
        return os.mkdir, ("run-by-a-pickle",)


def test_no_pickle_is_ever_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("t.npz", X=np.array([Trap()], dtype=object))
    np.save("t.npy", np.array([Trap()], dtype=object))
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(Trap()))
    (tmp_path / "t.csv").write_bytes(pickle.dumps(Trap()))
    for path in tmp_path.glob("*.*"):
        with pytest.raises(DataError):
            readers.read(path)
    assert not (tmp_path / "run-by-a-pickle").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "t.npz", X=np.zeros((3_000, 1_000)))
    assert (tmp_path / "t.npz").stat().st_size < 100_000
    monkeypatch.setattr(memory, "total", lambda: 80_000_000)
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(DataError, match=r"0\.0 GB of memory.*Use fewer rows"):
        readers.read(tmp_path / "t.npz")


def test_a_header_that_promises_more_than_the_file_holds(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    liar = (tmp_path / "a.npy").read_bytes().replace(b"(2, 2)", b"(2, 9)")
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("X.npy", liar)
    with pytest.raises(DataError, match="size of an array does not match its header"):
        readers.read(tmp_path / "t.npz")


@pytest.mark.parametrize("ending", [".csv", ".npy", ".parquet"])
def test_too_large_for_the_memory(tmp_path, monkeypatch, ending):
    frame, path = pd.DataFrame(np.zeros((1000, 10))), tmp_path / f"t{ending}"
    frame.columns = [f"c{i}" for i in frame]
    if ending == ".csv":
        frame.to_csv(path)
    elif ending == ".npy":
        np.save(path, frame.to_numpy())
    else:
        frame.to_parquet(path)
    monkeypatch.setattr(memory, "total", lambda: 100_000)
    with pytest.raises(DataError, match=r"would take 0\.0 GB of memory\. The limit is"):
        readers.read(path)


# ---- Parquet ---------------------------------------------------------------------------------


def test_parquet_of_all_types(tmp_path):
    frame = pd.DataFrame(
        {
            "size": [1.5, None, 3.0],
            "count": pd.array([1, None, 3], dtype="Int64"),
            "kind": pd.Categorical(["a", "b", "a"]),
            "ok": [True, False, True],
            "when": pd.to_datetime(["2025-01-01", "2025-01-02", None]),
            "word": ["x", None, "z"],
            "list": [[1], [2], [3]],
        },
        index=["r1", "r2", "r3"],
    )
    frame.to_parquet(tmp_path / "t.parquet")
    table = readers.read(tmp_path / "t.parquet")
    assert list(table.frame) == ["size", "count", "kind", "ok", "when", "word", "__index_level_0__"]
    assert "lists or records left out: list" in " ".join(table.notes)


def test_parquet_without_rows(tmp_path):
    pd.DataFrame({"a": []}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="0 rows"):
        readers.read(tmp_path / "t.parquet")


# ---- paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tabel.csv", r"There is no file .*tabel\.csv\. Files in .*: table\.csv"),
        (".", "is a folder. Name a file. Files in .*: other.npz, table.csv"),
        ("t.xlsx", "save it as CSV"),
        ("t.XLS", "save it as CSV"),
        ("t.json", "read_json"),
        ("t.pkl", "can run arbitrary code"),
        ("t.doc", r"'\.doc' files are not supported. Supported: \.csv, \.tsv"),
        ("t", "has no extension"),
        ("x" * 300 + ".csv", "File name too long"),
        ("a\0b.csv", "There is no file"),
        ("no/such/folder/t.csv", "There is no file"),
        ("table.csv/t.csv", "There is no file"),
    ],
)
def test_paths_that_lead_to_no_table(tmp_path, name, words):
    (tmp_path / "table.csv").write_text("a\n1\n")
    (tmp_path / "other.npz").write_text("")
    with pytest.raises(DataError, match=words):
        readers.read(f"{tmp_path}/{name}")


def test_no_permission(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a\n1\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)  # who is root may read everything
    with pytest.raises(DataError, match=r"t\.csv could not be read: Permission denied"):
        readers.read(tmp_path / "t.csv")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no such device here")
def test_a_device_that_never_ends(tmp_path):
    os.symlink("/dev/zero", tmp_path / "t.csv")
    with pytest.raises(DataError, match="not a regular file and cannot be read as a table"):
        readers.read(tmp_path / "t.csv")


def test_the_ending_may_be_in_capitals_and_the_path_a_str(tmp_path):
    (tmp_path / "T.CSV").write_text("a,b\n1,2\n")
    assert len(readers.read(str(tmp_path / "T.CSV")).frame) == 1


def test_errors_name_the_file_and_not_the_machine(tmp_path):
    (tmp_path / "t.csv").write_text("")
    with pytest.raises(DataError) as error:
        readers.read(tmp_path / "t.csv")
    assert not re.search(re.escape(str(tmp_path)), str(error.value))


def test_a_stray_control_character_does_not_make_a_table_rubbish(tmp_path):
    assert cells(frame_of(tmp_path, "a,b\nx\x0by,1\n")) == [["x\x0by", "1"]]


def test_a_short_file_in_windows_1252_is_read_as_it_was_written(tmp_path):
    """charset-normalizer suggests cp775 for it, in which the name is cafķ."""
    (tmp_path / "t.csv").write_bytes("name;price\ncafé;3,50 €\nbar;2\n".encode("cp1252"))
    assert readers.read(tmp_path / "t.csv").frame["name"].tolist() == ["café", "bar"]
