"""Every deep clusterer keeps scikit-learn's contract and says in words what it cannot do."""

import copy
import gc
import os
import pickle
import random
import re
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks
from tensorflow.python.framework.func_graph import FuncGraph

from dkm import (
    DCN,
    DEC,
    DEKM,
    IDEC,
    AutoencoderKMeans,
    ClusterGAN,
    DeepKMeans,
    InfoGAN,
    VaDE,
    datasets,
    deep,
    networks,
)
from dkm.deep import annealing
from dkm.deep._core.diagnostics import warn_of_collapse
from dkm.deep._core.keras_models import AutoencoderModel

DIGITS = datasets.load("digits").X[:300]
SMALL = {"hidden": (8,), "pretrain_epochs": 2, "random_state": 0}


@pytest.fixture
def eager():
    """TensorFlow compiles nothing, so that a short fit takes a quarter of the time."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


uncompiled = pytest.mark.usefixtures("eager")  # see test_compiled_or_not_the_training_is_the_same


def name_of(clusterer):
    """What a test is called."""
    return type(clusterer).__name__


WEIGHTED = [kind(4, epochs=2, **SMALL) for kind in (DeepKMeans, DCN, IDEC)]
JOINT = [*WEIGHTED, *[kind(4, epochs=2, **SMALL) for kind in (DEC, DEKM, VaDE)]]
CLUSTERERS = [AutoencoderKMeans(4, **SMALL), *JOINT]
GAN_SMALL = {"hidden": (8,), "noise_dim": 3, "epochs": 2, "random_state": 0}
GANS = [ClusterGAN(4, n_critic=1, **GAN_SMALL), InfoGAN(4, **GAN_SMALL)]
each_deep = pytest.mark.parametrize("clusterer", [*CLUSTERERS, *GANS], ids=name_of)
each_clusterer = pytest.mark.parametrize("clusterer", CLUSTERERS, ids=name_of)
each_weighted = pytest.mark.parametrize("clusterer", WEIGHTED, ids=name_of)
each_joint = pytest.mark.parametrize("clusterer", JOINT, ids=name_of)


@pytest.mark.thorough
@uncompiled
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:X holds")
# That on 50 blobs a GAN passes by its seed: so short a training settles nothing.
@parametrize_with_checks([*[clone(each).set_params(latent_dim=2) for each in CLUSTERERS], *GANS])
def test_scikit_learn_check(estimator, check):
    check(estimator)


@pytest.mark.thorough
@each_deep
def test_compiled_or_not_the_training_is_the_same(clusterer, request):
    X = DIGITS.astype(np.float64)
    compiled = clone(clusterer).fit(X)
    request.getfixturevalue("eager")
    other = clone(clusterer).fit(X)
    np.testing.assert_allclose(other.transform(X), compiled.transform(X), rtol=1e-6, atol=1e-9)
    for name, values in compiled.history_.items():
        np.testing.assert_allclose(other.history_[name], values, rtol=1e-6, err_msg=name)


@pytest.mark.thorough
def test_tensorflow_warns_of_nothing_in_a_fit():
    code = "from dkm import GAN; import numpy as np; GAN(hidden=(3,), epochs=1).fit(np.eye(99))"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    ended = {"check": True, "capture_output": True, "text": True, "env": variables}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], **ended)
    assert not re.findall(r"^[WE]\d{4} .*", done.stderr, re.MULTILINE)


@pytest.mark.thorough
@each_clusterer
@pytest.mark.parametrize("how", ["fit", "fit_predict", "fit_transform"])
def test_a_warning_shows_the_line_that_called(clusterer, how):
    small = clone(clusterer).set_params(n_clusters=3, batch_size=30)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(small, how)(100 * DIGITS[:30])
    assert len(caught) >= 2  # of the scale, of few steps
    assert {each.filename for each in caught} == {__file__}


@pytest.mark.thorough
@each_clusterer
def test_the_default_network_is_the_papers(clusterer):
    fitted = clone(clusterer).set_params(hidden=(500, 500, 2000)).fit(DIGITS)
    shapes = [weight.shape for weight in fitted.model_.encoder.weights[::2]]
    assert shapes == [(64, 500), (500, 500), (500, 2000), (2000, 4)]
    assert type(clusterer)().hidden == (500, 500, 2000)


@pytest.mark.thorough
@uncompiled
@each_deep
def test_same_seed_same_labels_whatever_others_do(clusterer):
    first = clone(clusterer).fit(DIGITS)
    keras.utils.set_random_seed(5)
    tf.random.uniform((3,))
    clone(clusterer).set_params(random_state=7, hidden=(5,)).fit(DIGITS)
    second = clone(clusterer).fit(DIGITS)
    assert np.array_equal(first.transform(DIGITS), second.transform(DIGITS))
    assert np.array_equal(first.labels_, second.labels_)
    third = clone(clusterer).set_params(random_state=1).fit(DIGITS)
    assert not np.array_equal(first.transform(DIGITS), third.transform(DIGITS))


@pytest.mark.thorough
@each_clusterer
def test_no_generator_of_others_is_touched(clusterer):
    def draws():
        keras.utils.set_random_seed(3)
        yield
        yield random.random(), np.random.rand(), float(tf.random.uniform(()))  # noqa: NPY002

    undisturbed = draws()
    next(undisturbed)
    expected = next(undisturbed)
    disturbed = draws()
    next(disturbed)
    clone(clusterer).set_params(network=networks.Dense((8,), regularizer=networks.Denoising())).fit(
        DIGITS
    )
    assert next(disturbed) == expected


@uncompiled
@each_deep
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_follows_X(clusterer, dtype):
    fitted = clone(clusterer).fit(DIGITS.astype(dtype))
    assert {weight.numpy().dtype for weight in fitted.model_.trainable_weights} == {np.dtype(dtype)}
    assert fitted.cluster_centers_.dtype == fitted.transform(DIGITS).dtype == dtype
    assert fitted.decode(fitted.cluster_centers_).dtype == dtype


@pytest.mark.thorough
@uncompiled
@each_deep
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "network",
    [networks.Dense((500, 500, 2000)), networks.Dense((7, 3)), networks.Conv((8, 8))],
    ids=["large", "small", "conv"],
)
def test_a_code_does_not_depend_on_the_rows_beside_it(clusterer, dtype, network):
    X = datasets.load("digits").X[:600].astype(dtype)
    fitted = clone(clusterer).set_params(network=network).fit(X)
    Z, order = fitted.transform(X), np.random.default_rng(0).permutation(len(X))
    assert np.array_equal(fitted.transform(X[order]), Z[order])
    for row in (0, 1, 17, 255, 256, 599):
        assert np.array_equal(fitted.transform(X[row : row + 1])[0], Z[row])
    assert np.array_equal(fitted.predict(X), fitted.labels_)
    assert np.array_equal(fitted.decode(Z[order[:5]]), fitted.decode(Z)[order[:5]])


@pytest.mark.thorough
@each_deep
def test_a_fit_compiles_once(clusterer, monkeypatch):
    traced, step = [], clusterer.model_class.train_step
    monkeypatch.setattr(
        clusterer.model_class, "train_step", lambda *args: traced.append(1) or step(*args)
    )
    # 300 rows in batches of 128: the last one has 44
    clone(clusterer).set_params(batch_size=128).fit(DIGITS)
    assert len(traced) == 1


@pytest.mark.thorough
@each_deep
def test_a_fit_leaves_nothing_behind_and_tensorflow_is_quiet(clusterer, caplog):
    def graphs():
        gc.collect()
        return sum(isinstance(each, FuncGraph) for each in gc.get_objects())

    clone(clusterer).fit(DIGITS)
    before = graphs()
    for _ in range(6):  # from the fifth on TensorFlow might warn that it compiles too often
        clone(clusterer).fit(DIGITS)
    assert graphs() <= before
    assert "retracing" not in caplog.text


@pytest.mark.thorough
@uncompiled
@each_deep
@pytest.mark.parametrize("copied", [lambda c: pickle.loads(pickle.dumps(c)), copy.deepcopy])
def test_copies_are_the_same_and_apart(clusterer, copied):
    fitted = clone(clusterer).fit(DIGITS)
    other = copied(fitted)
    assert np.array_equal(other.transform(DIGITS), fitted.transform(DIGITS))
    assert np.array_equal(other.labels_, fitted.labels_)
    before = fitted.transform(DIGITS)
    other.model_.encoder.weights[0].assign_add(np.ones((64, 8)))
    assert np.array_equal(fitted.transform(DIGITS), before)


@pytest.mark.thorough
@each_clusterer
def test_an_autoencoder_that_is_handed_in_is_copied_and_never_changed(clusterer):
    given = AutoencoderKMeans(4, **SMALL).fit(DIGITS).autoencoder_
    before = [weight.copy() for weight in given.weights]
    other = clone(clusterer).set_params(autoencoder=given, random_state=3, hidden=(99,))
    other.fit(DIGITS)
    assert len(other.history_["pretrain_loss"]) == 0
    assert all(np.array_equal(a, b) for a, b in zip(given.weights, before, strict=True))
    if isinstance(clusterer, AutoencoderKMeans):  # it trains no further
        assert np.array_equal(other.autoencoder_.weights[0], given.weights[0])


@pytest.mark.thorough
@each_joint
def test_handing_in_is_the_same_as_training_here_bit_for_bit(clusterer):
    here = clone(clusterer).fit(DIGITS)
    given = clone(CLUSTERERS[0]).fit(DIGITS).autoencoder_
    handed = clone(clusterer).set_params(autoencoder=given).fit(DIGITS)
    assert np.array_equal(handed.transform(DIGITS), here.transform(DIGITS))
    assert np.array_equal(handed.cluster_centers_, here.cluster_centers_)
    assert np.array_equal(handed.history_["loss"], here.history_["loss"])


def test_history_has_a_value_for_each_epoch():
    clusterer = DeepKMeans.published(4, epochs=3, alpha=(1, 5), batch_size=75, **SMALL)
    history = clusterer.fit(DIGITS).history_
    assert {name: len(values) for name, values in history.items()} == {
        "pretrain_loss": 2,
        **dict.fromkeys(("loss", "autoencoder_loss", "cluster_loss", "alpha", "clusters"), 3),
        "changed": 0,
    }
    # 12 steps: six with alpha = 1, six with alpha = 5; four steps an epoch
    assert history["alpha"] == pytest.approx([1, 3, 5])
    assert history["loss"] == pytest.approx(history["autoencoder_loss"] + history["cluster_loss"])


def test_the_bar_is_one_line_on_stderr_and_only_when_wanted(capsys):
    clone(CLUSTERERS[1]).fit(DIGITS)
    assert capsys.readouterr() == ("", "")
    clone(CLUSTERERS[1]).set_params(verbose=1).fit(DIGITS)
    said = capsys.readouterr()
    assert said.out == ""
    assert "4/4" in said.err
    assert said.err.count("\n") == 1


@uncompiled
@each_deep
def test_pandas_output_has_names(clusterer):
    pytest.importorskip("pandas")
    fitted = clone(clusterer).set_output(transform="pandas").fit(DIGITS)
    assert list(fitted.transform(DIGITS)) == list(fitted.get_feature_names_out())
    assert len(fitted.get_feature_names_out()) == fitted.cluster_centers_.shape[1]
    assert fitted.predict(DIGITS).shape == (300,)


@pytest.mark.thorough
@uncompiled
@each_deep
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_fit_that_fails_or_is_stopped_leaves_everything_as_it_was(clusterer, error, monkeypatch):
    fitted = clone(clusterer).fit(DIGITS)
    before, labels = dict(vars(fitted)), fitted.predict(DIGITS)
    fitted.set_params(n_clusters=3)
    if error is ValueError:
        with pytest.raises(ValueError, match="n_clusters=3, but X has n_samples=2"):
            fitted.fit(DIGITS[:2, :5])
    else:
        monkeypatch.setattr(type(fitted), "_codes", lambda *_: (_ for _ in ()).throw(error))
        with pytest.raises(KeyboardInterrupt):  # at the very end
            fitted.fit(DIGITS[:, :5])
        monkeypatch.undo()
    assert vars(fitted) == before | {"n_clusters": 3}
    assert np.array_equal(fitted.predict(DIGITS), labels)


@uncompiled
@pytest.mark.parametrize(
    "clusterer", [c for c in (*CLUSTERERS, *GANS) if hasattr(c, "predict_proba")], ids=name_of
)
def test_probabilities_are_an_array_whatever_transform_gives(clusterer):
    fitted = clone(clusterer).fit(DIGITS)
    P = fitted.predict_proba(DIGITS)
    assert np.array_equal(fitted.set_output(transform="pandas").predict_proba(DIGITS), P)


def test_epochs_are_counted_from_the_pretraining_on(monkeypatch):
    """The bound is infinite at once; what was kept is the state after the pretraining."""
    vade = VaDE(4, epochs=3, **SMALL)
    monkeypatch.setattr(VaDE, "_start_clustering", spoil(VaDE._start_clustering))
    with pytest.warns(ConvergenceWarning, match=r"in epoch 3; .* the state after epoch 2 was"):
        vade.fit(DIGITS)
    assert len(vade.history_["pretrain_loss"]) == 2


def spoil(start):
    def spoiled(clusterer, model, *options):
        start(clusterer, model, *options)
        model.log_noise.assign(np.inf)

    return spoiled


@pytest.mark.thorough
@each_weighted
@pytest.mark.parametrize("where", ["pretraining", "clustering"])
def test_an_infinite_loss_stops_and_keeps_the_last_good_state(clusterer, where):
    good = AutoencoderKMeans(4, **SMALL).fit(DIGITS)
    rate = 1e200 if where == "pretraining" else 0.001
    first, kept = (1, "before training") if where == "pretraining" else (3, "after epoch 2")
    weight = 1e308 if where == "clustering" else 1.0
    clusterer = clone(clusterer).set_params(epochs=5, cluster_weight=weight, learning_rate=rate)
    with pytest.warns(
        ConvergenceWarning, match=rf"became non-finite in epoch {first};.*{kept} was kept"
    ):
        clusterer.fit(DIGITS)
    assert np.isfinite(clusterer.transform(DIGITS)).all()
    assert clusterer.history_["loss"].size == 0
    if where == "pretraining":
        assert clusterer.history_["pretrain_loss"].size == 0
    else:  # what pretraining had reached is kept, the optimizer's part too
        assert np.array_equal(clusterer.transform(DIGITS), good.transform(DIGITS))
        kept, wanted = clusterer.autoencoder_, good.autoencoder_
        assert kept.steps == wanted.steps
        for a, b in zip(kept.moments, wanted.moments, strict=True):
            assert np.array_equal(a, b)


@pytest.mark.thorough
@uncompiled
@each_deep
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("rate", "batch_size"), [(1e5, 300), (1e10, 16), (1e10, 300), (1e39, 16), (1.7e308, 300)]
)
def test_any_learning_rate_ends_with_a_warning_and_labels(clusterer, rate, dtype, batch_size, path):
    X = DIGITS.astype(dtype)
    clusterer = clone(clusterer).set_params(learning_rate=rate, batch_size=batch_size)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clusterer.fit(X)
    assert caught
    assert {each.category for each in caught} == {ConvergenceWarning}
    assert np.isfinite(clusterer.decode(clusterer.transform(X))).all()
    assert set(clusterer.labels_) <= set(range(4))
    deep.save(path, clusterer)
    assert np.array_equal(deep.load(path).predict(X), clusterer.labels_)


@pytest.mark.parametrize("epochs", [2, 3, 6])
def test_the_last_state_that_is_finite_everywhere_is_kept(epochs, monkeypatch):
    """After the last step of epoch 2 the weights are finite, and the squares of codes are not."""
    X, step = DIGITS.astype(np.float32), AutoencoderModel.train_step

    def spoiled(model, data):
        step(model, data)
        model.encoder.weights[0].assign_add(
            1e25 * tf.ones((64, 8)) * tf.cast(model.optimizer.iterations == 6, tf.float32)
        )

    clusterer = AutoencoderKMeans(4, **SMALL, batch_size=100)
    wanted = clone(clusterer).set_params(pretrain_epochs=1).fit(X)
    monkeypatch.setattr(AutoencoderModel, "train_step", spoiled)
    with pytest.warns(ConvergenceWarning, match="in epoch 2;.* the state after epoch 1 was"):
        clusterer.set_params(pretrain_epochs=epochs).fit(X)
    assert np.array_equal(clusterer.history_["pretrain_loss"], wanted.history_["pretrain_loss"])
    for name in ("weights", "moments"):
        found = getattr(clusterer.autoencoder_, name), getattr(wanted.autoencoder_, name)
        assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.thorough
@each_clusterer
def test_a_training_that_diverges_is_told(clusterer):
    words = r"as zeros .* diverged\. Lower learning_rate"
    if isinstance(clusterer, VaDE):  # its variances end beyond all numbers
        words = r"became non-finite in epoch 3; .* epoch 2 was kept\. .* lower learning_rate"
    with pytest.warns(ConvergenceWarning, match=words):
        clone(clusterer).set_params(learning_rate=100).fit(DIGITS)


def test_moments_that_overflow_stop_the_training(path):
    """The squares of the gradients overflow; then Adam stands still while all else is finite."""
    X = DIGITS.astype(np.float32)
    clusterer = DeepKMeans.published(4, **SMALL, epochs=2, cluster_weight=1e25)
    with pytest.warns(ConvergenceWarning, match="in epoch 3;.* after epoch 2 was kept"):
        clusterer.fit(X)
    deep.save(path, clusterer)
    assert np.array_equal(deep.load(path).predict(X), clusterer.labels_)


def test_collapse_is_told():
    # Hard K-Means from random centres, with a weight that crushes the code.
    options = {"epochs": 30, "hidden": (16,), "pretrain_epochs": 0}
    clusterer = DeepKMeans.published(10, cluster_weight=100, **options)
    with pytest.warns(ConvergenceWarning, match=r"Only \d of n_clusters=10 .*cluster_weight"):
        clusterer.set_params(random_state=0).fit(DIGITS)
    assert clusterer.history_["clusters"][-1] < 10


@pytest.mark.parametrize("value", [0.0, 3.7])
def test_a_constant_code_is_told(value):
    Z = np.full((300, 4), value, np.float32) + 1e-9 * DIGITS[:, :4].astype(np.float32)
    with pytest.warns(ConvergenceWarning, match="All rows have the same code") as caught:
        warn_of_collapse(np.zeros(300, int), 1, DIGITS, Z * (value > 0), "try more")
    assert "try more" in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_collapse(np.zeros(300, int), 1, np.ones((300, 2)), Z, "")  # so are the rows
        warn_of_collapse(np.zeros(300, int), 1, DIGITS, DIGITS, "")


@uncompiled
@each_deep
def test_too_few_different_rows_are_told(clusterer):
    X = np.repeat(DIGITS[:2], 30, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"fewer distinct rows \(2\) than n_clusters=4"):
        clone(clusterer).set_params(batch_size=30).fit(X)


@uncompiled
@each_deep
def test_a_training_that_breaks_is_told_once(clusterer):
    with pytest.warns(ConvergenceWarning, match="non-finite|diverged") as caught:
        clone(clusterer).set_params(learning_rate=1e30).fit(DIGITS.astype(np.float32))
    beforehand = "The target is computed only once"  # of so short a training
    assert len([each for each in caught if beforehand not in str(each.message)]) == 1


BAD = [
    ({"n_clusters": 0}, ValueError, r"n_clusters=0 is too small"),
    ({"n_clusters": 301}, ValueError, r"n_clusters=301, but X has n_samples=300"),
    ({"latent_dim": 0}, ValueError, r"latent_dim=0 is too small"),
    ({"latent_dim": 2.5}, TypeError, r"latent_dim=2\.5 is not an integer"),
    ({"hidden": (500, 0)}, ValueError, r"hidden=\(500, 0\) contains 0, which is less than 1"),
    ({"hidden": 8, "network": networks.Dense((8,))}, TypeError, r"hidden=8 is not a tuple"),
    ({"hidden": 500}, TypeError, r"hidden=500 is not a tuple"),
    ({"hidden": "500"}, TypeError, r"hidden='500' is not a tuple"),
    ({"hidden": {500, 64}}, TypeError, r"hidden={.*} is not a tuple"),
    (
        {"network": "cnv"},
        ValueError,
        r"network='cnv' is unknown\. Did you mean 'conv'\? Choose from: de",
    ),
    (
        {"network": 3},
        TypeError,
        r"network=3 does not describe an autoencoder.* or a name: dense, conv",
    ),
    (
        {"network": networks.Conv},
        TypeError,
        r"network=<class .*Conv.* does not describe an autoencoder",
    ),
    ({"network": networks.Dense}, TypeError, r"network=<class .*Give networks\.Dense\(hidden"),
    (
        {"network": keras.Sequential()},
        TypeError,
        r"network=<Seq.* does not describe an autoencoder",
    ),
    (
        {"network": networks.Conv((28, 28))},
        ValueError,
        r"784 values per row, but X .*64.*perhaps \(8, 8\)",
    ),
    (
        {"autoencoder": AutoencoderKMeans()},
        TypeError,
        r"=AutoencoderKMeans\(\) is not a trained .*_ of",
    ),
    ({"pretrain_epochs": -1}, ValueError, r"pretrain_epochs=-1 is too small"),
    ({"batch_size": 0}, ValueError, r"batch_size=0 is too small"),
    ({"learning_rate": -1}, ValueError, r"learning_rate=-1 is out of range"),
    ({"learning_rate": np.nan}, ValueError, r"learning_rate=nan is out of range"),
    ({"sampler": "epochs"}, ValueError, r"sampler='epochs' is unknown"),
    ({"random_state": -1}, ValueError, r"random_state=-1 is negative"),
    ({"random_state": "x"}, TypeError, r"not a valid random state"),
    ({"verbose": -1}, ValueError, r"verbose=-1 is too small"),
]
BAD_WEIGHTED = [
    ({"cluster_weight": -0.1}, ValueError, r"cluster_weight=-0\.1 is out of range"),
    ({"cluster_weight": "1"}, TypeError, r"cluster_weight='1' is not a number"),
    ({"epochs": 1.5}, TypeError, r"epochs=1\.5 is not an integer"),
]
BAD_FREEDOM = {"degrees_of_freedom": 0}, ValueError, r"degrees_of_freedom=0 is out.* least 0\.001"
BAD_TARGET = [
    ({"update_interval": 0}, ValueError, r"update_interval=0 is too small"),
    ({"tol": -1e-3}, ValueError, r"tol=-0\.001 is out of range"),
    ({"tol": None}, TypeError, r"tol=None is not a number"),
    ({"epochs": -1}, ValueError, r"epochs=-1 is too small"),
]
BAD_DKM = [
    ({"alpha": -1}, ValueError, r"alpha=-1 is out of range"),
    ({"alpha": ()}, ValueError, r"alpha is an empty sequence"),
    ({"alpha": (1, np.inf)}, ValueError, r"alpha=inf is out of range"),
    (
        {"alpha": "annealing"},
        TypeError,
        r"alpha='annealing' is not a number.*dkm\.deep\.annealing\(\)",
    ),
    ({"alpha": (1, "2")}, TypeError, r"alpha='2' is not a number"),
    ({"alpha": (1, np.nan)}, ValueError, r"alpha=nan is out of range"),
    ({"alpha": None}, TypeError, r"alpha=None is not a number"),
    ({"alpha": [[1, 2], [3, 4]]}, TypeError, r"alpha=\[1, 2\] is not a number.*A flat sequence"),
    ({"alpha": np.ones((2, 2))}, TypeError, r"(?s)alpha=array.* is not a number.*A flat sequence"),
    ({"alpha": {1: 2}}, TypeError, r"alpha={1: 2} is not a number"),
    ({"alpha": (a for a in (1, 2))}, TypeError, r"alpha=<generator .* is not a number"),
    (
        {"alpha": annealing(), "epochs": 19},
        ValueError,
        r"40 values, .* 38 optimizer steps, .*fewer",
    ),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def no_training(monkeypatch):
    """Whatever is wrong must be told before the first step."""

    def refuse(*_, **__):
        pytest.fail("training began")

    monkeypatch.setattr("dkm.deep._core.training.trainer", refuse)


@pytest.mark.parametrize(
    ("kind", "changes", "error", "words"),
    [
        *[(type(kind), *each) for each in BAD for kind in CLUSTERERS],
        *[(type(kind), *each) for each in BAD_WEIGHTED for kind in WEIGHTED],
        *[(kind, *each) for each in BAD_TARGET for kind in (DEC, IDEC, DEKM)],
        *[(kind, *BAD_FREEDOM) for kind in (DEC, IDEC)],
        *[(DeepKMeans, *each) for each in BAD_DKM],
    ],
)
def test_bad_parameters_are_told_before_training(no_training, kind, changes, error, words):
    with pytest.raises(error, match=words):
        kind(**{"n_clusters": 4, **changes}).fit(DIGITS)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(DeepKMeans, "cluster_weight"), (DeepKMeans, "alpha"), (DCN, "cluster_weight")],
)
def test_a_number_beyond_float32_is_told(no_training, kind, name):
    with pytest.raises(ValueError, match=rf"{name}=1e\+60 is out of range for float32, the dtype"):
        kind(4, **{name: 1e60}).fit(DIGITS.astype(np.float32))


@each_clusterer
@pytest.mark.parametrize(("dtype", "scale"), [(np.float32, 1e25), (np.float64, 1e160)])
def test_squares_that_overflow_are_told_before_training(no_training, clusterer, dtype, scale):
    words = rf"\(up to 1e\+\d+\) that the losses, .* overflow {np.dtype(dtype)}\. Rescale X"
    with pytest.raises(ValueError, match=words):
        clone(clusterer).fit((DIGITS * scale).astype(dtype))


@pytest.mark.thorough
@each_clusterer
@pytest.mark.parametrize(("dtype", "scale"), [(np.float32, 1e16), (np.float64, 1e150)])
def test_large_values_end_with_warnings_and_labels(clusterer, dtype, scale):
    X = (DIGITS * scale).astype(dtype)
    with pytest.warns(UserWarning, match="X holds values up to") as caught:
        fitted = clone(clusterer).fit(X)
    assert any(issubclass(each.category, ConvergenceWarning) for each in caught)
    assert np.isfinite(fitted.transform(X)).all()
    assert len(np.unique(fitted.labels_)) == 4


@pytest.fixture
def given():
    return AutoencoderKMeans(4, **SMALL).fit(DIGITS[:, :10]).autoencoder_


def test_an_autoencoder_must_fit(given, no_training):
    with pytest.raises(ValueError, match=r"n_features=10, but X has n_features=64"):
        DeepKMeans(4, autoencoder=given).fit(DIGITS)
    with pytest.raises(ValueError, match=r"latent_dim=4, but latent_dim=5"):
        DeepKMeans(4, autoencoder=given, latent_dim=5).fit(DIGITS[:, :10])
    with pytest.raises(ValueError, match=r"network and autoencoder were both given"):
        DeepKMeans(4, autoencoder=given, network=networks.Dense((8,))).fit(DIGITS[:, :10])
    assert re.match(r"TrainedAutoencoder\(Dense\(hidden=\(8,\).*n_features=10", repr(given))


def test_a_sigmoid_must_be_able_to_reach_the_data(no_training):
    with pytest.raises(ValueError, match=r"values from 0 to 2, but output='sigmoid'"):
        AutoencoderKMeans(4, network=networks.Dense((8,), output="sigmoid")).fit(DIGITS * 2)


@pytest.mark.thorough
@each_clusterer
def test_what_cannot_be_encoded_or_decoded_is_told(clusterer):
    fitted = clone(clusterer).fit(DIGITS.astype(np.float32))
    with pytest.raises(ValueError, match=r"The code of row 1 is not finite"):
        fitted.predict(np.stack([DIGITS[0], np.full(64, 1e38)]).astype(np.float32) * [[1], [3]])
    with pytest.raises(ValueError, match=r"Z has shape \(4,\), but codes have 4 numbers"):
        fitted.decode(fitted.cluster_centers_[0])
    with pytest.raises(ValueError, match=r"Z holds NaN or infinity\. Give codes"):
        fitted.decode(np.full((1, 4), np.nan))
    with pytest.raises(ValueError, match=r"X has 63 features, .* expecting 64 features"):
        fitted.predict(DIGITS[:, :63])


@pytest.mark.thorough
@uncompiled
@each_deep
@pytest.mark.parametrize(
    ("name", "wanted"), [("dense", networks.Dense((8,))), ("conv", networks.Conv((8, 8)))]
)
def test_a_network_by_name(clusterer, name, wanted, path):
    fitted = clone(clusterer).set_params(network=name).fit(DIGITS)
    given = clone(clusterer).set_params(network=wanted).fit(DIGITS)
    assert fitted.model_.network == wanted
    assert np.array_equal(fitted.transform(DIGITS), given.transform(DIGITS))
    deep.save(path, fitted)
    copies = deep.load(path), pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)
    for other in (clone(fitted), *copies):
        assert other.get_params()["network"] == name
    for other in copies:
        assert np.array_equal(other.transform(DIGITS), fitted.transform(DIGITS))


@pytest.mark.parametrize("n_features", [9, 63, 3 * 64])
def test_conv_by_name_is_for_square_images(no_training, n_features):
    words = rf"images of at least 4 x 4 pixels, but X has n_features={n_features}\. Use networks\.C"
    with pytest.raises(ValueError, match=words):
        AutoencoderKMeans(4, network="conv").fit(np.ones((9, n_features)))


@uncompiled
@each_deep
def test_lists_of_parameters_and_a_batch_larger_than_n_are_fine(clusterer):
    wide = clone(clusterer).set_params(hidden=[8], batch_size=10**6).fit(DIGITS)
    whole = clone(clusterer).set_params(batch_size=300).fit(DIGITS)
    assert np.array_equal(wide.labels_, whole.labels_)


def test_the_published_alphas():
    alphas = np.array(annealing())
    first = [0.1, 0.423, 0.752, 1.078, 1.409, 1.748, 2.099, 2.464, 2.845, 3.242]
    assert len(alphas) == 40
    assert alphas[:10] == pytest.approx(first, abs=5e-4)
    assert alphas[-1] == pytest.approx(28.13, abs=5e-3)
