"""A deep clusterer comes back from its file bit for bit, and no file does harm."""

import json
import os
import zipfile

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from dkm import (
    DCN,
    DEC,
    DEKM,
    IDEC,
    AutoencoderKMeans,
    ClusterGAN,
    DeepKMeans,
    InfoGAN,
    KMeans,
    VaDE,
    datasets,
    deep,
    networks,
    saving,
)
from dkm.deep import annealing

X = datasets.load("digits").X[:200]
SMALL = {"hidden": (8,), "pretrain_epochs": 2}
CLUSTERERS = {
    "autoencoder": AutoencoderKMeans(4, **SMALL, random_state=np.int64(5)),
    "generator": AutoencoderKMeans(4, **SMALL, random_state=np.random.default_rng(0)),
    "cluster gan": ClusterGAN(4, hidden=(8,), epochs=2, sigma=np.float32(0.2)),
    "cluster gan of convolutions": ClusterGAN(4, network=networks.Conv((8, 8), (4,)), epochs=2),
    "deep k-means": DeepKMeans(
        np.int64(4), alpha=annealing(2), cluster_weight=np.float32(0.5), epochs=2, **SMALL
    ),
    "dcn": DCN(4, cluster_weight=np.float32(0.5), epochs=2, **SMALL),
    "dec": DEC(4, degrees_of_freedom=np.float32(2), epochs=2, **SMALL),
    "dekm": DEKM(4, epochs=2, **SMALL),
    "infogan": InfoGAN(4, hidden=(8,), epochs=2, information_weight=np.float32(0.5)),
    "idec": IDEC(4, epochs=2, **SMALL, random_state=0),
    "vade": VaDE(4, epochs=2, **SMALL, random_state=0),
    "vade with a noise": VaDE(4, noise_variance=np.float32(0.05), epochs=2, **SMALL),
    "convolutions": DeepKMeans(
        4,
        network=networks.Conv((8, 8), (4,), regularizer=networks.Denoising(0.1)),
        epochs=2,
        pretrain_epochs=2,
        random_state=0,
    ),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """The bytes of a small model file."""
    path = tmp_path_factory.mktemp("saved") / "model.npz"
    deep.save(path, AutoencoderKMeans(4, **SMALL, random_state=0).fit(X))
    return path.read_bytes()


@pytest.fixture
def saved(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CLUSTERERS)
def test_it_comes_back_bit_for_bit(path, name, dtype):
    clusterer = CLUSTERERS[name].fit(X.astype(dtype))
    deep.save(path, clusterer)
    again = deep.load(path)
    assert type(again) is type(clusterer)
    assert again.transform(X).dtype == dtype
    assert again.transform(X).tobytes() == clusterer.transform(X).tobytes()
    assert np.array_equal(again.predict(X), clusterer.labels_)
    Z = clusterer.cluster_centers_
    assert again.decode(Z).tobytes() == clusterer.decode(Z).tobytes()
    assert list(again.get_feature_names_out()) == list(clusterer.get_feature_names_out())
    for parameter, value in clusterer.get_params().items():
        if parameter != "random_state" or isinstance(value, int | np.integer):
            assert getattr(again, parameter) == value, parameter
    assert os.listdir(path.parent) == ["model.npz"]
    saved_again = path.with_name("again.npz")
    deep.save(saved_again, again)
    assert saved_again.read_bytes() == path.read_bytes()


def test_training_goes_on_as_if_it_had_not_been_saved(path):
    first = AutoencoderKMeans(4, **SMALL, random_state=0).fit(X)
    deep.save(path, first)
    further = [
        DeepKMeans(4, autoencoder=each.autoencoder_, epochs=2, random_state=1).fit(X)
        for each in (first, deep.load(path))
    ]
    assert further[0].transform(X).tobytes() == further[1].transform(X).tobytes()


def test_names_of_features_are_kept(path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:, 20:23], columns=["price", "größe", "a b"])
    deep.save(path, AutoencoderKMeans(2, **SMALL).fit(frame))
    again = deep.load(path)
    assert again.feature_names_in_.tolist() == ["price", "größe", "a b"]
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame.rename(columns={"price": "cost"}))


def test_what_cannot_be_saved_is_refused_and_leaves_no_file(path):
    with pytest.raises(
        TypeError, match=r"KMeans\(.* KMeans is saved by dkm\.saving\.save\. Here .*D"
    ):
        deep.save(path, KMeans(2).fit(X))
    with pytest.raises(
        TypeError, match=r"DeepKMeans.* is no deep clusterer of dkm\. Here a fitted"
    ):
        deep.save(path, DeepKMeans)
    with pytest.raises(NotFittedError):
        deep.save(path, DeepKMeans(2))
    assert os.listdir(path.parent) == []


def test_what_is_no_path_is_told(path):
    clusterer = AutoencoderKMeans(2)
    with pytest.raises(
        TypeError, match=r"path=AutoencoderKMeans\(.* is no path.*: save\(path, clu"
    ):
        deep.save(clusterer, path)
    with pytest.raises(TypeError, match=r"path=AutoencoderKMeans\(.* is no path.*: load\(path\)"):
        deep.load(clusterer)


def test_a_folder_is_told_and_left_as_it_is(saved):
    clusterer, folder = deep.load(saved), saved.parent / "models"
    folder.mkdir()
    with pytest.raises(IsADirectoryError, match=r"models is a folder\. Name a file in it"):
        deep.save(folder, clusterer)
    with pytest.raises(ValueError, match=r"models is no file\. Name a model file"):
        deep.load(folder)
    assert sorted(os.listdir(saved.parent)) == ["model.npz", "models"]
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_text("a,b\n1,2\n"),
        lambda path: path.write_bytes(b""),
        lambda path: np.savez(path, X=X),
        lambda path: np.savez_compressed(path, X=X),
    ],
    ids=["text", "empty", "npz", "compressed npz"],
)
def test_a_file_of_somebody_else_is_told(path, write):
    write(path)
    with pytest.raises(ValueError, match=r"model\.npz is no model file .* dkm\.deep\.save make"):
        deep.load(path)


def test_an_interrupted_save_leaves_the_old_file(saved, content, monkeypatch):
    clusterer = deep.load(saved)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        deep.save(saved, clusterer)
    assert saved.read_bytes() == content
    assert os.listdir(saved.parent) == ["model.npz"]


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_told(saved, content, share):
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"model\.npz is (incomplete or damaged|no model file)"):
        deep.load(saved)


def test_a_model_of_k_means_is_told(path):
    saving.save(path, KMeans(2).fit(X))
    with pytest.raises(
        ValueError, match=r"'KMeans', which is no deep .* dkm\.saving\.load reads it"
    ):
        deep.load(path)
    with pytest.raises(ValueError, match="does not exist"):
        deep.load(path.with_name("other.npz"))


def repacked(path, change_header=lambda header: None, change_arrays=lambda arrays: None):
    """The file again, with a header or arrays that were changed."""
    header, arrays = saving.unpack(path)
    change_header(header)
    change_arrays(arrays)
    path.write_bytes(saving.pack(header, arrays))
    return path


FORGED_HEADERS = {
    "huge network": lambda h: h["model"]["network"].update(hidden=[10**6, 10**6]),
    "many features": lambda h: h["model"].update(n_features=10**9),
    "other network": lambda h: h["model"]["network"].update(hidden=[9]),
    "unknown network": lambda h: h["model"]["network"].update(description="KMeans"),
    "a network that is a word": lambda h: h["model"].update(network="Dense"),
    "impossible network": lambda h: h["model"]["network"].update(hidden=[-8]),
    "other dtype": lambda h: h["model"].update(dtype="complex64"),
    "unknown parameter": lambda h: h["parameters"].update(gamma=1),
    "names for other features": lambda h: h.update(feature_names=["a"]),
    "no model": lambda h: h.pop("model"),
}
FORGED_ARRAYS = {
    "no centres": lambda a: a.pop("cluster_centers"),
    "flat centres": lambda a: a.update(cluster_centers=np.ones(4)),
    "integer centres": lambda a: a.update(cluster_centers=np.ones((4, 4), int)),
    "centres elsewhere": lambda a: a.update(cluster_centers=np.ones((4, 5))),
    "NaN": lambda a: a.update({"variables/0": np.full((64, 8), np.nan)}),
    "other shape": lambda a: a.update({"variables/0": np.ones((8, 64))}),
    "one missing": lambda a: a.pop("variables/3"),
    "last one missing": lambda a: a.pop(f"variables/{len(a) - 2}"),
    "one too many": lambda a: a.update({f"variables/{len(a) - 1}": np.ones(3)}),
}


@pytest.mark.parametrize("forged", FORGED_HEADERS)
def test_a_forged_header_is_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.npz is incomplete or damaged"):
        deep.load(repacked(saved, change_header=FORGED_HEADERS[forged]))


@pytest.mark.parametrize("forged", FORGED_ARRAYS)
def test_forged_arrays_are_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.npz is incomplete or damaged"):
        deep.load(repacked(saved, change_arrays=FORGED_ARRAYS[forged]))


@pytest.mark.parametrize("name", ["annealing", "load", "os.system", ["DeepKMeans"], None])
def test_only_deep_clusterers_are_made(saved, name):
    with pytest.raises(ValueError, match="is no deep clusterer of this version"):
        deep.load(repacked(saved, lambda header: header.update({"class": name})))


class Twice(keras.layers.Layer):
    """One whose output Keras finds out by calling it."""

    def call(self, x):
        return 2 * x


def test_a_refused_file_leaves_nothing_behind_in_keras(saved):
    with pytest.raises(ValueError, match="incomplete or damaged"):
        deep.load(repacked(saved, FORGED_HEADERS["huge network"]))
    inputs = keras.Input((2,))
    doubled = keras.Model(inputs, Twice()(inputs))
    assert np.array_equal(doubled(np.ones((1, 2))), [[2, 2]])


def test_there_is_no_pickle_in_it(saved):
    with zipfile.ZipFile(saved) as archive:
        header = json.loads(archive.read(saving.HEADER))
    with np.load(saved, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fi" for name in arrays.files if name != "model.json")
    assert header["versions"].keys() == {"dkm", "keras", "numpy", "python", "tensorflow"}
