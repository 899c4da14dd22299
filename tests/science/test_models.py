"""A model comes back from its file bit for bit, and no file of any kind does harm."""

import json
import os
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from sklearn.cluster import KMeans as OtherKMeans
from sklearn.exceptions import NotFittedError

import dkm
from dkm import KMeans, MiniBatchKMeans, models
from dkm.models import file_format, kmeans_estimators

RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((60, 3)) + 5 * RNG.integers(0, 3, (60, 1))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def saved(path):
    models.save(path, KMeans(3, random_state=0).fit(POINTS))
    return path


def repacked(path, change_header=lambda header: None, change_arrays=lambda arrays: None):
    """The file again, with a header or arrays that were changed, and the right checksum."""
    header, arrays = file_format.read(path)
    change_header(header)
    change_arrays(arrays)
    path.write_bytes(file_format.pack(header, arrays))
    return path


def rewritten(path, change):
    """The file again, with another table of contents, however little that fits the rest."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    contents = json.loads(data[8:end])
    change(contents)
    text = json.dumps(contents, separators=(",", ":")).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])
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
    models.save(path, estimator)
    again, recipe, reach = models.load(path)
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
    model = models.load(saved).estimator
    assert not hasattr(model, "labels_")
    assert not hasattr(model, "history_")
    # n_features_in_ and 3 x 3 numbers of 8 bytes; nothing grows with the rows.
    assert saved.stat().st_size < 3000


def test_names_of_features_and_reach_are_kept(path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(POINTS, columns=["price", "größe", "a b"])
    models.save(path, KMeans(3, random_state=0).fit(frame), reach=[1, 2.5, 0])
    again, _, reach = models.load(path)
    assert again.feature_names_in_.tolist() == ["price", "größe", "a b"]
    assert reach.tolist() == [1, 2.5, 0]
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame.rename(columns={"price": "cost"}))


def test_a_stream_goes_on_where_it_was_saved(path):
    whole = MiniBatchKMeans(3, random_state=0).partial_fit(POINTS[:30])
    models.save(path, whole)
    again = models.load(path).estimator.partial_fit(POINTS[30:])
    whole.partial_fit(POINTS[30:])
    assert again.cluster_centers_.tobytes() == whole.cluster_centers_.tobytes()
    assert again.counts_.tolist() == whole.counts_.tolist()
    assert again.n_steps_ == 2


@pytest.mark.parametrize("source", [np.random.default_rng(0), np.random.RandomState(0), None])
def test_a_source_of_random_numbers_is_not_kept(path, source):
    models.save(path, KMeans(2, random_state=source).fit(POINTS))
    assert models.load(path).estimator.random_state is None


def test_the_file_is_the_same_each_time_and_safetensors_reads_it(saved, tmp_path):
    model = models.load(saved).estimator
    models.save(tmp_path / "again.safetensors", model)
    assert (tmp_path / "again.safetensors").read_bytes() == saved.read_bytes()
    arrays = load_file(saved)
    assert np.array_equal(arrays["cluster_centers_"], model.cluster_centers_)
    assert os.listdir(tmp_path).count("model.safetensors") == 1
    assert len(os.listdir(tmp_path)) == 2


def test_what_cannot_be_saved_is_refused_and_leaves_no_file(path):
    with pytest.raises(
        TypeError, match=r"^KMeans\(.* of sklearn\..* cannot be saved here.* VaDE.* pickle"
    ):
        models.save(path, OtherKMeans(2, n_init=1).fit(POINTS))
    with pytest.raises(NotFittedError):
        models.save(path, KMeans(2))
    assert not path.exists()


def test_every_class_that_can_be_saved_is_public_and_names_what_it_has():
    for name, kept in kmeans_estimators.KEPT.items():
        fitted = getattr(dkm, name)(2).fit(POINTS)
        assert all(hasattr(fitted, each) for each in kept), name


def not_a_model(path, kind):
    """A file, or what else a path may lead to, that was never a model."""
    if kind == "folder":
        path.mkdir()
    elif kind == "npz of somebody":
        with path.open("wb") as file:
            np.savez(file, X=POINTS)
    elif kind == "safetensors of somebody":
        save_file({"X": POINTS}, path, {"format": "pt"})
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
        ("folder", "is not a file"),
        ("empty", "is not a model file of dkm"),
        ("table", "is not a model file of dkm"),
        ("pickle", "is not a model file of dkm"),
        ("npz of somebody", "is not a model file of dkm"),
        ("safetensors of somebody", "is not a model file of dkm"),
        ("zip of somebody", "is not a model file of dkm"),
    ],
)
def test_what_is_no_model_is_told(path, kind, words):
    with pytest.raises(ValueError, match=words):
        models.load(not_a_model(path, kind))


def test_a_file_that_may_not_be_read_is_told(saved, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(ValueError, match=r"model\.safetensors cannot be read: Permission denied"):
        models.load(saved)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_a_file_that_was_cut_short_is_told(saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(share * len(data))])
    with pytest.raises(
        ValueError, match=r"model\.safetensors is (incomplete or damaged|not a model file)"
    ):
        models.load(saved)


def test_a_newer_file_is_told_whatever_it_holds(saved):
    def newer(header):
        header.update({"format": 3, "versions": {"dkm": "9.1"}, "parameters": "other"})

    with pytest.raises(ValueError, match=r"written by dkm 9\.1 in a newer format .* newer version"):
        models.load(repacked(saved, newer))


def test_a_file_of_the_former_format_is_told_with_the_remedy(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.json", '{"format": 1, "class": "KMeans"}')
        archive.writestr("fitted/cluster_centers_.npy", b"")
    with pytest.raises(ValueError, match=r"old format .* of dkm 0\.1\.0.* Make it again"):
        models.load(path)


@pytest.mark.parametrize("name", ["GAN", "claim", "os.system", ["KMeans"], None])
def test_only_the_listed_classes_are_made(saved, name):
    with pytest.raises(ValueError, match=r"reads one of: KMeans, .*VaDE.* Install a newer"):
        models.load(repacked(saved, lambda header: header.update({"class": name})))


@pytest.mark.parametrize("arguments", [(3,), (KMeans(2), "model.safetensors")])
def test_what_is_not_a_path_is_told(arguments):
    with pytest.raises(TypeError, match=r"path=.* is not a path\. Give it first, as text"):
        (models.load if len(arguments) == 1 else models.save)(*arguments)


@pytest.mark.parametrize("reach", [[1.0], [[1.0, 2.0, 3.0]], [1.0, np.nan, 2.0]])
def test_a_reach_of_other_clusters_is_told_before_anything_is_written(path, reach):
    with pytest.raises(ValueError, match=r"reach=array.* does not fit 3 clusters"):
        models.save(path, KMeans(3).fit(POINTS), reach=reach)
    assert not path.exists()


def test_a_recipe_of_another_table_is_told_before_anything_is_written(path):
    class Recipe:
        feature_names = ("a", "b")

    with pytest.raises(ValueError, match=r"makes 2 features, but the estimator takes 3"):
        models.save(path, KMeans(3).fit(POINTS), Recipe())
    assert not path.exists()


def test_a_k_means_is_written_and_read_without_tensorflow(saved):
    program = (
        "import sys; from dkm import KMeans, models; import numpy as np\n"
        f"model = models.load({str(saved)!r}).estimator\n"
        f"models.save({str(saved)!r}, model.fit(np.eye(5)))\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


CENTERS = "cluster_centers_"
FORGED_HEADERS = {
    "no features": lambda header: header["fitted"].pop("n_features_in_"),
    "other number of features": lambda header: header["fitted"].update(n_features_in_=7),
    "names for other features": lambda header: header.update(feature_names=["a"]),
    "unknown parameter": lambda header: header["parameters"].update(alpha=1),
    "parameters that are a list": lambda header: header.update(parameters=[1]),
    "rubbish for a recipe": lambda header: header.update(recipe=[1]),
    "no version": lambda header: header.pop("versions"),
    "a format that is a word": lambda header: header.update(format="x"),
    "a class that it is not": lambda header: header.update({"class": "DeepKMeans"}),
}
FORGED_ARRAYS = {
    "no centres": lambda arrays: arrays.pop(CENTERS),
    "NaN": lambda arrays: arrays.update({CENTERS: np.full((3, 3), np.nan)}),
    "a list of numbers": lambda arrays: arrays.update({CENTERS: np.ones(9)}),
    "integers": lambda arrays: arrays.update({CENTERS: np.ones((3, 3), dtype=int)}),
    "reach of others": lambda arrays: arrays.update(reach=np.ones(9)),
    "counts of others": lambda arrays: arrays.update(counts_=np.ones(9)),
}
FORGED_CONTENTS = {
    "pickled objects": lambda contents: contents[CENTERS].update(dtype="O"),
    "truth values": lambda contents: contents[CENTERS].update(dtype="BOOL", shape=[72]),
    "a type numpy does not have": lambda contents: contents[CENTERS].update(
        dtype="BF16", shape=[36]
    ),
    "more than is there": lambda contents: contents[CENTERS].update(shape=[10**9, 10**9]),
    "more than can be counted": lambda contents: contents[CENTERS].update(shape=[2**40, 2**40]),
    "numbers beyond the end": lambda contents: contents[CENTERS].update(
        shape=[10**12], data_offsets=[0, 8 * 10**12]
    ),
    "numbers before the start": lambda contents: contents[CENTERS].update(data_offsets=[-72, 0]),
    "no array": lambda contents: contents.update(x="words"),
    "two arrays in one place": lambda contents: contents.update(x=contents[CENTERS]),
    "a header of brackets": lambda c: c.update(__metadata__={"dkm": "[" * 100_000}),
    "no header": lambda c: c.update(__metadata__={"dkm": "[]"}),
    "a header that is no text": lambda c: c.update(__metadata__={"dkm": 1}),
    "another shape": lambda contents: contents[CENTERS].update(shape=[9, 1]),
}


@pytest.mark.parametrize("forged", FORGED_HEADERS)
def test_a_forged_header_is_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.safetensors is incomplete or damaged"):
        models.load(repacked(saved, change_header=FORGED_HEADERS[forged]))


@pytest.mark.parametrize("forged", FORGED_ARRAYS)
def test_forged_arrays_are_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.safetensors is incomplete or damaged"):
        models.load(repacked(saved, change_arrays=FORGED_ARRAYS[forged]))


@pytest.mark.parametrize("forged", FORGED_CONTENTS)
def test_forged_parts_are_told_and_run_nothing(saved, forged):
    with pytest.raises(ValueError, match=r"model\.safetensors is incomplete or damaged"):
        models.load(rewritten(saved, FORGED_CONTENTS[forged]))


@pytest.mark.parametrize("claimed", [2**24, 2**40, 2**63])
def test_a_claim_of_length_takes_no_memory(saved, claimed):
    """There is no compression, so nothing can burst; what is left is to lie about lengths."""
    saved.write_bytes(claimed.to_bytes(8, "little") + saved.read_bytes()[8:])
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="incomplete or damaged"):
            models.load(saved)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_flipped_byte_is_noticed_or_harmless(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "flipped.safetensors"
    model = KMeans(2, n_init=1, init=POINTS[:2]).fit(POINTS)
    models.save(path, model)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        again = models.load(path).estimator
    except ValueError:
        return
    assert again.cluster_centers_.tobytes() == model.cluster_centers_.tobytes()
    assert again.inertia_ == model.inertia_
