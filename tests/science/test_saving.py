"""A model comes back from its file bit for bit, and no file of any kind does harm."""

import json
import os
import zipfile
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans as OtherKMeans
from sklearn.exceptions import NotFittedError

import dkm
from dkm import KMeans, MiniBatchKMeans, saving

RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((60, 3)) + 5 * RNG.integers(0, 3, (60, 1))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


@pytest.fixture
def saved(path):
    saving.save(path, KMeans(3, random_state=0).fit(POINTS))
    return path


def repacked(path, change_header=None, change_members=None):
    """The file again, with a header or members that were changed, and right checksums."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members[saving.HEADER])
    (change_header or (lambda header: None))(header)
    members[saving.HEADER] = json.dumps(header).encode()
    (change_members or (lambda members: None))(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "estimator",
    [
        KMeans(3, random_state=0),
        KMeans(3, n_init=np.int64(2), tol=np.float64(1e-3), random_state=np.int64(5)),
        KMeans(3, init=POINTS[:3].tolist()),
        MiniBatchKMeans(3, batch_size=20, random_state=0),
    ],
    ids=["kmeans", "numpy_numbers", "given_centres", "minibatch"],
)
def test_it_comes_back_bit_for_bit(path, estimator, dtype):
    X = POINTS.astype(dtype)
    estimator.fit(X)
    saving.save(path, estimator)
    again, recipe, reach = saving.load(path)
    assert (type(again), recipe, reach) == (type(estimator), None, None)
    assert again.cluster_centers_.dtype == dtype
    assert again.cluster_centers_.tobytes() == estimator.cluster_centers_.tobytes()
    new = (POINTS[::-1] * 1.5).astype(dtype)
    assert again.predict(new).tobytes() == estimator.predict(new).tobytes()
    assert again.transform(new).tobytes() == estimator.transform(new).tobytes()
    assert again.score(new) == estimator.score(new)
    for name in ("inertia_", "n_iter_", "n_features_in_"):
        assert getattr(again, name) == getattr(estimator, name)
    for name, value in estimator.get_params().items():
        assert np.array_equal(getattr(again, name), value), name
    assert list(again.get_feature_names_out()) == list(estimator.get_feature_names_out())
    # It is still what it was: parameters may be changed, and it can be fitted anew.
    assert np.array_equal(again.set_params(n_init=1).fit(X).predict(X), again.labels_)


def test_what_belongs_to_the_fit_is_not_kept(saved):
    model = saving.load(saved).estimator
    assert not hasattr(model, "labels_")
    assert not hasattr(model, "history_")
    # n_features_in_ and 3 x 3 numbers of 8 bytes; nothing grows with the rows.
    assert saved.stat().st_size < 3000


def test_names_of_features_and_reach_are_kept(path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(POINTS, columns=["price", "größe", "a b"])
    saving.save(path, KMeans(3, random_state=0).fit(frame), reach=[1, 2.5, 0])
    again, _, reach = saving.load(path)
    assert again.feature_names_in_.tolist() == ["price", "größe", "a b"]
    assert reach.tolist() == [1, 2.5, 0]
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame.rename(columns={"price": "cost"}))


def test_a_stream_goes_on_where_it_was_saved(path):
    whole = MiniBatchKMeans(3, random_state=0).partial_fit(POINTS[:30])
    saving.save(path, whole)
    again = saving.load(path).estimator.partial_fit(POINTS[30:])
    whole.partial_fit(POINTS[30:])
    assert again.cluster_centers_.tobytes() == whole.cluster_centers_.tobytes()
    assert again.counts_.tolist() == whole.counts_.tolist()
    assert again.n_steps_ == 2


@pytest.mark.parametrize("source", [np.random.default_rng(0), np.random.RandomState(0), None])
def test_a_source_of_random_numbers_is_not_kept(path, source):
    saving.save(path, KMeans(2, random_state=source).fit(POINTS))
    assert saving.load(path).estimator.random_state is None


def test_the_file_is_the_same_each_time_and_numpy_reads_it(saved, tmp_path):
    model = saving.load(saved).estimator
    saving.save(tmp_path / "again.npz", model)
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()
    with np.load(saved, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["fitted/cluster_centers_"], model.cluster_centers_)
    assert os.listdir(tmp_path).count("model.npz") == 1
    assert len(os.listdir(tmp_path)) == 2


def test_what_cannot_be_saved_is_refused_and_leaves_no_file(path):
    with pytest.raises(TypeError, match=r"sklearn.*KMeans cannot be saved\. Those of dkm that can"):
        saving.save(path, OtherKMeans(2, n_init=1).fit(POINTS))
    with pytest.raises(NotFittedError):
        saving.save(path, KMeans(2))
    assert not path.exists()


def test_every_class_that_can_be_saved_is_public_and_names_what_it_has():
    for name, kept in saving.KEPT.items():
        fitted = getattr(dkm, name)(2).fit(POINTS)
        assert all(hasattr(fitted, each) for each in kept), name


def not_a_model(path, kind):
    """A file, or what else a path may lead to, that was never a model."""
    if kind == "folder":
        path.mkdir()
    elif kind == "npz of somebody":
        np.savez(path, X=POINTS)
    elif kind == "zip of somebody":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "words")
    elif kind != "missing":
        path.write_bytes({"empty": b"", "table": b"a,b\n1,2\n", "pickle": b"\x80\x04N."}[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "does not exist"),
        ("folder", "is no file"),
        ("empty", "is no model file of dkm"),
        ("table", "is no model file of dkm"),
        ("pickle", "is no model file of dkm"),
        ("npz of somebody", "is no model file of dkm"),
        ("zip of somebody", "is no model file of dkm"),
    ],
)
def test_what_is_no_model_is_told(path, kind, words):
    with pytest.raises(ValueError, match=words):
        saving.load(not_a_model(path, kind))


def test_a_file_that_may_not_be_read_is_told(saved, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(ValueError, match=r"model\.npz cannot be read: Permission denied"):
        saving.load(saved)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_a_file_that_was_cut_short_is_told(saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=r"model\.npz is (incomplete or damaged|no model file)"):
        saving.load(saved)


def test_a_newer_file_is_told_whatever_it_holds(saved):
    def newer(header):
        header.update({"format": 2, "versions": {"dkm": "9.1"}, "parameters": "other"})

    with pytest.raises(ValueError, match=r"written by dkm 9\.1 in a newer format .* newer version"):
        saving.load(repacked(saved, newer))


@pytest.mark.parametrize("name", ["DeepKMeans", "claim", "os.system", ["KMeans"], None])
def test_only_the_listed_classes_are_made(saved, name):
    with pytest.raises(ValueError, match=r"what is read here is KMeans or"):
        saving.load(repacked(saved, lambda header: header.update({"class": name})))


def npy(values=None, header=None):
    """The bytes of a .npy file, with another header if one is given."""
    file = BytesIO()
    if header is None:
        np.lib.format.write_array(file, values, allow_pickle=True)
    else:
        np.lib.format.write_array_header_1_0(file, header)
        file.write(b"\0" * 72)
    return file.getvalue()


CENTERS = "fitted/cluster_centers_.npy"
HUGE = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
FORGED_HEADERS = {
    "no features": lambda header: header["fitted"].pop("n_features_in_"),
    "other number of features": lambda header: header["fitted"].update(n_features_in_=7),
    "names for other features": lambda header: header.update(feature_names=["a"]),
    "unknown parameter": lambda header: header["parameters"].update(alpha=1),
    "parameters that are a list": lambda header: header.update(parameters=[1]),
    "rubbish for a recipe": lambda header: header.update(recipe=[1]),
    "no version": lambda header: header.pop("versions"),
    "a format that is a word": lambda header: header.update(format="x"),
}
FORGED_MEMBERS = {
    "no centres": lambda members: members.pop(CENTERS),
    "pickled objects": lambda m: m.update({CENTERS: npy(np.array([{}, 1], dtype=object))}),
    "more than is there": lambda m: m.update({CENTERS: npy(header=HUGE)}),
    "NaN": lambda m: m.update({CENTERS: npy(np.full((3, 3), np.nan))}),
    "a list of numbers": lambda m: m.update({CENTERS: npy(np.ones(9))}),
    "integers": lambda m: m.update({CENTERS: npy(np.ones((3, 3), dtype=int))}),
    "reach of others": lambda m: m.update({"reach.npy": npy(np.ones(9))}),
    "no array": lambda m: m.update({"x.npy": b"words"}),
    "a header of brackets": lambda m: m.update({saving.HEADER: b"[" * 100_000}),
    "no header": lambda m: m.update({saving.HEADER: b"[]"}),
}


@pytest.mark.parametrize("forged", FORGED_HEADERS)
def test_a_forged_header_is_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.npz is incomplete or damaged"):
        saving.load(repacked(saved, change_header=FORGED_HEADERS[forged]))


@pytest.mark.parametrize("forged", FORGED_MEMBERS)
def test_forged_parts_are_told_and_run_nothing(saved, forged):
    with pytest.raises(ValueError, match=r"model\.npz is incomplete or damaged"):
        saving.load(repacked(saved, change_members=FORGED_MEMBERS[forged]))


def test_a_bomb_is_refused_before_it_bursts(saved):
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("fitted/more.npy", b"\0" * 50_000_000)
    assert saved.stat().st_size < 100_000
    with pytest.raises(ValueError, match="compressed parts"):
        saving.load(saved)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_flipped_byte_is_noticed_or_harmless(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "flipped.npz"
    model = KMeans(2, n_init=1, init=POINTS[:2]).fit(POINTS)
    saving.save(path, model)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        again = saving.load(path).estimator
    except ValueError:
        return
    assert again.cluster_centers_.tobytes() == model.cluster_centers_.tobytes()
    assert again.inertia_ == model.inertia_
