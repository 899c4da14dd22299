"""What a callback of `fit` is given, when, and how it ends a training."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from dkm import DEC, GAN, AutoencoderKMeans, ClusterGAN, DeepKMeans, VaDE, datasets

DIGITS = datasets.load("digits").X[:200]
FORM = {"hidden": (8,), "batch_size": 64, "random_state": 0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def seen(estimator):
    """Fit; return the fitted estimator and the checkpoints, as (phase, epoch, n_epochs, names)."""
    calls = []
    estimator.fit(
        DIGITS,
        callback=lambda c: calls.append((c.phase, c.epoch, c.n_epochs, sorted(c.logs))),
    )
    return estimator, calls


@pytest.mark.parametrize("kind", [AutoencoderKMeans, DeepKMeans, DEC, VaDE])
def test_it_is_called_before_and_after_every_epoch_of_each_phase(kind):
    epochs = {} if kind is AutoencoderKMeans else {"epochs": 3}
    fitted, calls = seen(kind(4, pretrain_epochs=2, **epochs, **FORM))
    first = [("pretraining", epoch, 2) for epoch in range(3)]
    then = [("clustering", epoch, 3) for epoch in range(4)] if epochs else []
    assert [call[:3] for call in calls] == first + then
    assert [bool(call[3]) for call in calls] == [call[1] > 0 for call in calls]
    assert set(fitted.history_) - {"pretrain_loss", "changed"} <= set(calls[-1][3])


@pytest.mark.parametrize(
    "estimator",
    [
        DeepKMeans(4, pretrain_epochs=2, epochs=2, **FORM),
        VaDE(4, pretrain_epochs=2, epochs=2, **FORM),
        ClusterGAN(4, epochs=2, **FORM),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_looking_changes_nothing(estimator):
    codes = []

    def look(checkpoint):
        model = checkpoint.estimator
        codes.append(model.transform(DIGITS))
        if checkpoint.phase == "pretraining":
            with pytest.raises(NotFittedError):
                model.predict(DIGITS)
        else:
            assert len(model.predict(DIGITS)) == len(DIGITS)
            assert len(model.decode(model.cluster_centers_)) == 4

    watched = estimator.fit(DIGITS, callback=look)
    last, labels = watched.transform(DIGITS), watched.labels_
    alone = estimator.fit(DIGITS)
    assert np.array_equal(labels, alone.labels_)
    assert np.array_equal(last, alone.transform(DIGITS))
    assert np.array_equal(codes[-1], last)
    assert not np.array_equal(codes[0], last)


def test_true_ends_the_phase_and_not_the_fit():
    clusterer = DeepKMeans(4, pretrain_epochs=9, epochs=9, **FORM)
    clusterer.fit(DIGITS, callback=lambda checkpoint: checkpoint.epoch == 2)
    assert len(clusterer.history_["pretrain_loss"]) == 2
    assert len(clusterer.history_["loss"]) == 2
    short = DeepKMeans(4, pretrain_epochs=2, epochs=2, **FORM).fit(DIGITS)
    assert np.array_equal(clusterer.history_["pretrain_loss"], short.history_["pretrain_loss"])
    at_once = DeepKMeans(4, pretrain_epochs=9, epochs=9, **FORM).fit(
        DIGITS, callback=lambda c: True
    )
    assert len(at_once.history_["loss"]) == 0


def test_a_gan_can_be_sampled_from_while_it_trains():
    samples = []
    gan = GAN(epochs=2, **FORM)
    gan.fit(DIGITS, callback=lambda c: samples.append(c.estimator.sample(3, random_state=0)))
    assert len(samples) == 3
    assert np.array_equal(samples[-1], gan.sample(3, random_state=0))


def test_what_a_callback_raises_leaves_the_estimator_as_it_was():
    clusterer = DeepKMeans(4, pretrain_epochs=1, epochs=1, **FORM).fit(DIGITS)
    before = clusterer.labels_

    def fail(checkpoint):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        clusterer.fit(DIGITS[::-1], callback=fail)
    assert clusterer.labels_ is before
    assert np.array_equal(clusterer.predict(DIGITS), before)


@pytest.mark.parametrize("estimator", [DeepKMeans(4, **FORM), GAN(**FORM)], ids=["deep", "gan"])
def test_a_callback_must_be_callable(estimator):
    with pytest.raises(TypeError, match="callback=3 cannot be called"):
        estimator.fit(DIGITS, callback=3)
