"""A deep clusterer comes back from its file bit for bit, and no file does harm."""

import os

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
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
    models,
    networks,
)
from dkm.deep import annealing
from dkm.deep._core.base import DeepClusterer
from dkm.models import file_format, predict, save_load

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
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """The bytes of a small model file."""
    path = tmp_path_factory.mktemp("saved") / "model.safetensors"
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
    assert os.listdir(path.parent) == ["model.safetensors"]
    saved_again = path.with_name("again.safetensors")
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
        TypeError, match=r"^KMeans\(.* is not a deep clusterer\. Give it to dkm\.models\.save"
    ):
        deep.save(path, KMeans(2).fit(X))
    with pytest.raises(
        TypeError, match=r"^<class .*DeepKMeans.* cannot be saved here\. What can is a fitted"
    ):
        deep.save(path, DeepKMeans)
    with pytest.raises(NotFittedError):
        deep.save(path, DeepKMeans(2))
    assert os.listdir(path.parent) == []


def test_what_is_no_path_is_told(path):
    clusterer = AutoencoderKMeans(2)
    with pytest.raises(
        TypeError, match=r"path=AutoencoderKMeans\(.* is not a path.*: save\(path, clu"
    ):
        deep.save(clusterer, path)
    with pytest.raises(
        TypeError, match=r"path=AutoencoderKMeans\(.* is not a path.*: load\(path\)"
    ):
        deep.load(clusterer)


def test_a_folder_is_told_and_left_as_it_is(saved):
    clusterer, folder = deep.load(saved), saved.parent / "models"
    folder.mkdir()
    with pytest.raises(IsADirectoryError, match=r"models is a folder\. Name a file in it"):
        deep.save(folder, clusterer)
    with pytest.raises(ValueError, match=r"models is not a file\. Name a model file"):
        deep.load(folder)
    assert sorted(os.listdir(saved.parent)) == ["model.safetensors", "models"]
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_text("a,b\n1,2\n"),
        lambda path: path.write_bytes(b""),
        lambda path: save_file({"X": X}, path),
        lambda path: np.savez_compressed(path.open("wb"), X=X),
    ],
    ids=["text", "empty", "safetensors", "compressed npz"],
)
def test_a_file_of_somebody_else_is_told(path, write):
    write(path)
    with pytest.raises(
        ValueError, match=r"model\.safetensors is not a model file .* dkm\.deep\.save make"
    ):
        deep.load(path)


def test_an_interrupted_save_leaves_the_old_file(saved, content, monkeypatch):
    clusterer = deep.load(saved)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        deep.save(saved, clusterer)
    assert saved.read_bytes() == content
    assert os.listdir(saved.parent) == ["model.safetensors"]


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_told(saved, content, share):
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(
        ValueError, match=r"model\.safetensors is (incomplete or damaged|not a model file)"
    ):
        deep.load(saved)


def test_a_model_of_k_means_is_told(path):
    models.save(path, KMeans(2).fit(X))
    with pytest.raises(
        ValueError, match=r"holds a KMeans, which is not a deep clus.* dkm\.models\.load reads it"
    ):
        deep.load(path)
    with pytest.raises(ValueError, match="does not exist"):
        deep.load(path.with_name("other.safetensors"))


def repacked(path, change_header=lambda header: None, change_arrays=lambda arrays: None):
    """The file again, with a header or arrays that were changed."""
    header, arrays = file_format.read(path)
    change_header(header)
    change_arrays(arrays)
    path.write_bytes(file_format.pack(header, arrays))
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
    "no centres": lambda a: a.pop("cluster_centers_"),
    "flat centres": lambda a: a.update(cluster_centers_=np.ones(4)),
    "integer centres": lambda a: a.update(cluster_centers_=np.ones((4, 4), int)),
    "centres elsewhere": lambda a: a.update(cluster_centers_=np.ones((4, 5))),
    "NaN": lambda a: a.update({"variables/0": np.full((64, 8), np.nan)}),
    "other shape": lambda a: a.update({"variables/0": np.ones((8, 64))}),
    "one missing": lambda a: a.pop("variables/3"),
    "last one missing": lambda a: a.pop(f"variables/{len(a) - 2}"),
    "one too many": lambda a: a.update({f"variables/{len(a) - 1}": np.ones(3)}),
}


@pytest.mark.parametrize("forged", FORGED_HEADERS)
def test_a_forged_header_is_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.safetensors is incomplete or damaged"):
        deep.load(repacked(saved, change_header=FORGED_HEADERS[forged]))


@pytest.mark.parametrize("forged", FORGED_ARRAYS)
def test_forged_arrays_are_told(saved, forged):
    with pytest.raises(ValueError, match=r"model\.safetensors is incomplete or damaged"):
        deep.load(repacked(saved, change_arrays=FORGED_ARRAYS[forged]))


@pytest.mark.parametrize("name", ["annealing", "load", "os.system", ["DeepKMeans"], None])
def test_only_deep_clusterers_are_made(saved, name):
    with pytest.raises(ValueError, match=r"this version of dkm reads one of: KMeans"):
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


@pytest.mark.parametrize("forged", ["huge network", "many features", "other network"])
def test_no_network_is_made_before_its_weights_are_there(saved, forged, monkeypatch):
    path = repacked(saved, FORGED_HEADERS[forged])
    monkeypatch.setattr(keras.layers.Dense, "build", lambda *_: pytest.fail("a layer was made"))
    with pytest.raises(ValueError, match="its arrays are not those of its network"):
        deep.load(path)


GAMES = {
    "more noise": lambda h: h["model"].update(noise_dim=10**6),
    "more clusters": lambda h: h["model"].update(n_clusters=10**6),
    "more features": lambda h: h["model"].update(n_features=10**6),
    "larger players": lambda h: h["model"]["network"].update(hidden=[10**6]),
}


@pytest.mark.parametrize("forged", GAMES)
@pytest.mark.parametrize("kind", [ClusterGAN, InfoGAN])
def test_nor_are_the_players_of_a_game(path, kind, forged, monkeypatch):
    deep.save(path, kind(4, hidden=(8,), epochs=0).fit(X))
    repacked(path, GAMES[forged])
    monkeypatch.setattr(keras.layers.Dense, "build", lambda *_: pytest.fail("a layer was made"))
    with pytest.raises(ValueError, match=r"not those of its network|one centre for each cluster"):
        deep.load(path)


def test_more_alphas_than_the_file_has_are_told(path):
    deep.save(path, DeepKMeans(4, epochs=0, **SMALL).fit(X))
    repacked(path, lambda header: header["model"].update(n_alphas=10**12))
    with pytest.raises(ValueError, match="its arrays are not those of its network"):
        deep.load(path)


def test_every_deep_clusterer_can_be_saved():
    public = [getattr(deep, name) for name in deep.__all__]
    kinds = [c for c in public if isinstance(c, type) and issubclass(c, DeepClusterer)]
    assert sorted(kind.__name__ for kind in kinds) == sorted(save_load.DEEP)
    assert {type(clusterer) for clusterer in CLUSTERERS.values()} == set(kinds)


def test_a_description_that_is_not_ours_is_refused(path):
    class Mine(networks.Dense):
        pass

    clusterer = AutoencoderKMeans(4, network=Mine((8,)), pretrain_epochs=2).fit(X)
    with pytest.raises(TypeError, match=r"Mine\(.* cannot be saved.* by dkm\.networks"):
        models.save(path, clusterer)
    assert not path.exists()


def test_both_ways_to_save_and_to_load_are_one(saved, content, path):
    clusterer, recipe, reach = models.load(saved)
    assert (recipe, reach) == (None, None)
    models.save(path, clusterer)
    assert path.read_bytes() == content


@pytest.fixture
def trained():
    return AutoencoderKMeans(4, **SMALL, random_state=0).fit(X).autoencoder_


def test_a_trained_autoencoder_comes_back(path, trained):
    models.save(path, trained)
    again = models.load(path).estimator
    assert repr(again) == repr(trained)
    for name in ("weights", "moments"):
        for one, other in zip(getattr(again, name), getattr(trained, name), strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
    with pytest.raises(ValueError, match=r"a TrainedAutoencoder, .* dkm\.models\.load reads it"):
        deep.load(path)
    with pytest.raises(ValueError, match="has no clusters"):
        models.save(path, trained, reach=[1.0])


FORGED_AUTOENCODERS = {
    "other sizes": lambda h, a: h.update(n_features=63),
    "other network": lambda h, a: h["network"].update(hidden=[9]),
    "no network": lambda h, a: h.update(network="Dense"),
    "no steps": lambda h, a: h.pop("steps"),
    "NaN": lambda h, a: a["weights/0"].fill(np.nan),
    "a weight too many": lambda h, a: a.update({"weights/8": np.ones(3)}),
    "moments of others": lambda h, a: a.update({"moments/0": np.ones(3)}),
}


@pytest.mark.parametrize("forged", FORGED_AUTOENCODERS)
def test_a_forged_autoencoder_is_told(path, trained, forged):
    models.save(path, trained)
    header, arrays = file_format.read(path)
    FORGED_AUTOENCODERS[forged](header, arrays)
    path.write_bytes(file_format.pack(header, arrays))
    with pytest.raises(ValueError, match="incomplete or damaged"):
        models.load(path)


def test_new_rows_get_distances_among_the_codes(path):
    clusterer = AutoencoderKMeans(4, **SMALL, random_state=0).fit(X)
    reach = predict.reach(clusterer, X)
    models.save(path, clusterer, reach=reach)
    again = models.load(path)
    labels = predict.label(again.estimator, X, range(len(X)), reach=again.reach)
    Z = clusterer.transform(X)
    wanted = np.linalg.norm(Z - clusterer.cluster_centers_[clusterer.labels_], axis=1)
    np.testing.assert_allclose(labels.distances, wanted)
    assert np.array_equal(labels.clusters, clusterer.labels_)
    assert not labels.far.any()


def test_there_is_no_pickle_in_it(saved):
    header, arrays = file_format.read(saved)
    assert all(values.dtype.kind in "fi" for values in arrays.values())
    assert arrays.keys() == load_file(saved).keys()
    assert header["versions"].keys() == {"dkm", "keras", "numpy", "python", "tensorflow"}
