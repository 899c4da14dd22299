"""The two players lower the losses that the papers give, and no weights but their own."""

import pickle
import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from dkm import GAN, ClusterGAN, InfoGAN, datasets, deep, networks
from dkm.deep._core.gan_diagnostics import covered_modes, warn_of_defeat
from dkm.deep._core.generator_and_critic import with_two_adams
from dkm.deep.gan import GAMES, GANModel, Standard, Wasserstein, gradient_penalty

RNG = np.random.default_rng(0)
DIGITS = datasets.load("digits").X[:200]
ANGLES = 2 * np.pi * np.arange(8) / 8
RING = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
SMALL = {"hidden": (8,), "epochs": 2, "noise_dim": 3, "random_state": 0}
tensor = tf.constant
each_loss = pytest.mark.parametrize("loss", GAMES)


def model_of(loss="wgan-gp", n_features=4, n_critic=1, hidden=(6,), dtype="float64"):
    form = {"n_features": n_features, "z_dim": 3, "n_critic": n_critic}
    form |= {"network": networks.Dense(hidden), "penalty_weight": 10.0}
    model = GANModel(loss, dtype=dtype, rng=0, **form)
    return with_two_adams(model, 0.01, (0.5, 0.9))


def values(weights):
    return [weight.numpy() for weight in weights]


def same(before, after):
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("w", [[3.0, 4.0], [0.3, 0.4], [0.6, 0.8], [0.0, 0.0]])
def test_the_penalty_of_a_linear_critic_is_that_of_its_slope(w):
    w, shape = np.array(w), (7, 2)
    real, fake = tensor(RNG.standard_normal(shape)), tensor(RNG.standard_normal(shape))
    found = gradient_penalty(lambda x: x @ w[:, None], real, fake, tensor(RNG.random((7, 1))))
    # In the corner at w = 0 what keeps the root from it is worth 2e-6.
    wanted = (np.linalg.norm(w) - 1) ** 2
    assert float(found) == pytest.approx(wanted, abs=1e-11 if w.any() else 3e-6)


def test_the_penalty_takes_a_point_and_a_norm_of_each_row():
    real, fake, shares = RNG.normal(size=(9, 5)), RNG.normal(size=(9, 5)), RNG.random((9, 1))
    rows = tensor(real), tensor(fake), tensor(shares)
    found = gradient_penalty(lambda x: tf.reduce_sum(x**2, axis=1) / 2, *rows)
    slopes = [s * a + (1 - s) * b for s, a, b in zip(shares, real, fake, strict=True)]
    wanted = np.mean([(np.sqrt(slope @ slope) - 1) ** 2 for slope in slopes])
    assert float(found) == pytest.approx(wanted, rel=1e-10)


@each_loss
def test_what_is_recorded_is_what_numpy_computes(loss):
    model, x = model_of(loss), RNG.standard_normal((5, 4))
    again = keras.random.SeedGenerator(int(model.seed.state.numpy()[0]))
    z = keras.random.normal((5, 3), dtype="float64", seed=again).numpy()
    shares = keras.random.uniform((5, 1), dtype="float64", seed=again).numpy()
    A, a, B, b = values(model.generator.weights)
    V, v, W, w = values(model.critic.weights)
    fake = np.maximum(z @ A + a, 0) @ B + b

    def score(rows):
        h = rows @ V + v
        return np.where(h > 0, h, 0.2 * h) @ W + w

    h = (shares * x + (1 - shares) * fake) @ V + v
    slopes = (np.where(h > 0, 1, 0.2) * W[:, 0]) @ V.T
    penalty = ((np.linalg.norm(slopes, axis=1) - 1) ** 2).mean()
    r, f = score(x), score(fake)
    if loss == "wgan-gp":
        distance = r.mean() - f.mean()
        wanted = -distance + 10 * penalty, -f.mean(), penalty, distance
    else:
        real, made = 1 / (1 + np.exp(-r)), 1 / (1 + np.exp(-f))
        wanted = (
            -np.log(real).mean() - np.log(1 - made).mean(),
            -np.log(made).mean(),
            ((real > 0.5).mean() + (made < 0.5).mean()) / 2,
        )
    model.move_critic(tensor(x))
    found = model.get_metrics_result()
    # TensorFlow rounds the 0.2 of leaky ReLU to float32.
    assert [float(each) for each in found.values()] == pytest.approx(wanted, rel=1e-7)


@each_loss
def test_no_player_moves_the_weights_of_the_other(loss):
    model, x = model_of(loss), tensor(RNG.standard_normal((5, 4)))
    sides = model.generator.trainable_weights, model.critic.trainable_weights
    generator, critic = (values(side) for side in sides)
    model.move_critic(x)
    moved = values(sides[1])
    assert same(generator, values(sides[0]))
    assert not any(np.array_equal(a, b) for a, b in zip(critic[:-1], moved, strict=False))
    model.move_generator(5)
    assert same(moved, values(sides[1]))
    assert not any(np.array_equal(a, b) for a, b in zip(generator, values(sides[0]), strict=True))


@each_loss
def test_each_player_lowers_its_own_loss(loss):
    model, x = model_of(loss), tensor(RNG.standard_normal((64, 4)) + 3)
    z = model.draw(64)
    model.draw = lambda n: z
    game = GAMES[loss]

    def scores():
        return model.critic(x), model.critic(model.generator(z))

    before = float(game.critic_loss(*scores()))
    for _ in range(5):
        model.move_critic(x)
    assert float(game.critic_loss(*scores())) < before
    before = float(game.generator_loss(scores()[1]))
    for _ in range(5):
        model.move_generator(64)
    assert float(game.generator_loss(scores()[1])) < before


@each_loss
def test_the_signs(loss):
    real, fake = tensor([[0.3], [-2.0]]), tensor([[1.0], [-0.4]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        critic, generator = GAMES[loss].critic_loss(real, fake), GAMES[loss].generator_loss(fake)
    assert (tape.gradient(critic, real).numpy() < 0).all()  # the critic lifts real rows,
    assert (tape.gradient(critic, fake).numpy() > 0).all()  # lowers made ones,
    assert (tape.gradient(generator, fake).numpy() < 0).all()  # and the generator lifts these


def test_the_generators_gradient_does_not_fade_where_the_critic_is_sure():
    score = tensor(-30.0)
    with tf.GradientTape() as tape:
        tape.watch(score)
        loss = Standard.generator_loss(score)
    assert float(tape.gradient(loss, score)) == pytest.approx(-1, abs=1e-6)


def test_the_value_is_minus_log_4_where_both_distributions_are_the_same():
    coin = tf.zeros((7, 1), tf.float64)
    assert -float(Standard.critic_loss(coin, coin)) == pytest.approx(-np.log(4), rel=1e-15)
    for _ in range(20):  # the same rows as real and as made: no critic does better than the coin
        scores = tensor(RNG.normal(size=(7, 1)))
        assert -float(Standard.critic_loss(scores, scores)) < -np.log(4)


def test_the_best_critic_of_two_densities_is_their_log_ratio():
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.3, 0.6])
    counts = [(100 * each).round().astype(int) for each in (p, q)]

    def loss(scores):
        real, fake = (tensor(np.repeat(scores, count)) for count in counts)
        return float(Standard.critic_loss(real, fake))

    best, half = np.log(p / q), (p + q) / 2
    divergence = (p * np.log(p / half) + q * np.log(q / half)).sum() / 2
    assert -loss(best) == pytest.approx(2 * divergence - np.log(4), rel=1e-12)
    for step in 0.01 * np.vstack([np.eye(3), -np.eye(3)]):
        assert loss(best + step) > loss(best)


def test_scores_of_any_size_have_finite_losses():
    real, fake = tensor([[-1e4], [1e4]]), tensor([[1e4], [-1e4]])
    assert float(Standard.critic_loss(real, fake)) == 1e4
    assert float(Standard.generator_loss(fake)) == 5e3
    assert float(Wasserstein.critic_loss(real, fake)) == 0


@pytest.mark.parametrize("n_critic", [1, 3])
def test_the_generator_moves_after_every_n_critic_moves_of_the_critic(n_critic):
    options = {**SMALL, "epochs": 3, "batch_size": 50}
    model = GAN(n_critic=n_critic, **options).fit(DIGITS).model_  # 12 batches
    assert int(model.critic_optimizer.iterations) == 12
    assert int(model.optimizer.iterations) == 12 // n_critic


@pytest.mark.parametrize(("loss", "wanted"), [("wgan-gp", 5), ("standard", 1)])
def test_each_game_has_its_published_moves(loss, wanted):
    assert GAN(loss, **SMALL).fit(DIGITS).model_.n_critic == wanted


def test_both_adams_get_rate_and_betas():
    model = GAN(learning_rate=0.25, betas=(0.1, 0.75), **SMALL).fit(DIGITS).model_
    for adam in (model.optimizer, model.critic_optimizer):
        assert (float(adam.learning_rate), adam.beta_1, adam.beta_2) == (0.25, 0.1, 0.75)


def test_a_mode_is_covered_by_a_tenth_of_its_share():
    modes = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    near = [[0, 0.9]] * 33 + [[10.5, 0]] * 3 + [[0, 9]] * 2 + [[10, 9.1]] * 1
    samples = np.array(near + [[5, 5]] * 41)
    assert covered_modes(samples, modes, 1.0) == (3, 41 / 80)  # 80 / 4 / 10 = 2 rows are needed
    assert covered_modes(samples, modes, 0.95) == (2, 43 / 80)
    assert covered_modes(samples, modes, 100) == (3, 0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_history_counts_the_modes_after_each_epoch():
    X = RING[RNG.integers(8, size=200)]
    gan = GAN(snapshots=1000, batch_size=16, **SMALL).fit(X, modes=RING, radius=0.15)
    assert {name: len(each) for name, each in gan.history_.items()} == dict.fromkeys(
        ("critic_loss", "generator_loss", "penalty", "distance", "modes", "stray"), 2
    )
    history = gan.history_
    wanted = 10 * history["penalty"] - history["distance"]
    assert history["critic_loss"] == pytest.approx(wanted)
    assert gan.snapshots_.shape == (3, 1000, 2)
    assert not np.array_equal(gan.snapshots_[0], gan.snapshots_[1])
    # Both come from the same noise: there is one noise for the whole fit.
    stray = [covered_modes(rows, RING, 0.15)[1] for rows in gan.snapshots_[1:]]
    assert history["stray"] == pytest.approx(stray, abs=0.05)
    plain = GAN(batch_size=16, **SMALL).fit(X)
    assert not hasattr(plain, "snapshots_")
    assert np.array_equal(plain.sample(5, random_state=0), gan.sample(5, random_state=0))


def test_a_fit_that_fails_leaves_the_model_as_it_was():
    gan = GAN(snapshots=2, **SMALL).fit(DIGITS)
    before = dict(vars(gan))
    with pytest.raises(ValueError, match="NaN"):
        gan.fit(DIGITS[:, :5] * np.nan)
    assert vars(gan) == before
    assert not hasattr(gan.set_params(snapshots=0).fit(DIGITS), "snapshots_")


def test_snapshots_always_come_from_the_same_noise():
    gan = GAN(snapshots=4, **SMALL).set_params(learning_rate=0).fit(DIGITS)
    assert (gan.snapshots_ == gan.snapshots_[0]).all()


@pytest.mark.thorough
@each_loss
def test_same_seed_same_rows_whatever_others_do(loss):
    first = GAN(loss, **SMALL).fit(DIGITS)
    keras.utils.set_random_seed(5)
    expected = np.random.rand(), float(tf.random.uniform(()))  # noqa: NPY002
    keras.utils.set_random_seed(5)
    second = GAN(loss, **SMALL).fit(DIGITS)
    assert (np.random.rand(), float(tf.random.uniform(()))) == expected  # noqa: NPY002
    rows = first.sample(300, random_state=1)
    assert np.array_equal(rows, second.sample(300, random_state=1))
    assert not np.array_equal(rows, second.sample(300, random_state=2))
    other = clone(first).set_params(random_state=1).fit(DIGITS)
    assert not np.array_equal(rows, other.sample(300, random_state=1))


@pytest.mark.thorough
@each_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", [None, networks.Conv((8, 8), (3,)), "conv"])
def test_dtype_follows_X_and_images_may_be_convolved(loss, dtype, network):
    gan = GAN(loss, **SMALL).set_params(network=network).fit(DIGITS.astype(dtype))
    assert {weight.numpy().dtype for weight in gan.model_.trainable_weights} == {np.dtype(dtype)}
    rows = gan.sample(7)
    assert (rows.shape, rows.dtype) == ((7, 64), np.dtype(dtype))


@each_loss
def test_a_fit_compiles_once(loss, monkeypatch):
    traced, step = [], GANModel.train_step
    monkeypatch.setattr(GANModel, "train_step", lambda *args: traced.append(1) or step(*args))
    GAN(loss, **SMALL).fit(DIGITS)  # 200 rows in batches of 64: the last one has 8
    assert len(traced) == 1


@pytest.mark.thorough
@each_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [1e15, 1e38, 1e300])
def test_losses_that_are_not_finite_stop_it_and_the_last_good_state_is_kept(loss, rate, dtype):
    gan = GAN(loss, learning_rate=rate, **SMALL).set_params(epochs=4)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gan.fit(DIGITS.astype(dtype))
    assert {each.category for each in caught} == {ConvergenceWarning}
    assert np.isfinite(gan.sample(50)).all()
    assert all(np.isfinite(each).all() for each in gan.history_.values())
    if rate == 1e300:
        assert "became non-finite in epoch 1" in str(caught[0].message)
        assert "learning_rate=" in str(caught[0].message)
        untrained = clone(gan).set_params(epochs=0).fit(DIGITS.astype(dtype))
        assert np.array_equal(gan.sample(50, random_state=0), untrained.sample(50, random_state=0))


def test_lost_modes_are_told():
    X = RING[RNG.integers(8, size=200)]
    words = r"Only \d of 8 modes are covered .* \d+% are at none\. Train for more .*weight"
    with pytest.warns(ConvergenceWarning, match=words):
        GAN(**SMALL).fit(X, modes=RING, radius=0.15)


def test_one_row_for_all_noise_is_told():
    words = r"nearly the same sample whatever the noise: the variance of its .* that of X"
    with pytest.warns(ConvergenceWarning, match=words):
        GAN(**SMALL).set_params(epochs=0).fit(20 * RNG.standard_normal((50, 2)))


def test_a_training_that_diverges_is_told():
    words = (
        r"training diverged: the variance of its samples is .* that of X 4\.7\. Lower learning_rate"
    )
    with pytest.warns(ConvergenceWarning, match=words):
        GAN(**SMALL).set_params(learning_rate=10).fit(DIGITS)


def test_a_discriminator_that_wins_is_told():
    X = 20 + 0.1 * RNG.standard_normal((64, 10))  # far from where the generator can be soon
    options = {"epochs": 60, "batch_size": 8, "learning_rate": 0.002}
    gan = GAN("standard", hidden=(16,), random_state=0, **options)
    words = r"discriminator has won: in the last 6 epochs .* 100\.0% of rows and samples, .*wgan-gp"
    with pytest.warns(ConvergenceWarning, match=words):
        gan.fit(X)


@pytest.mark.parametrize(
    "history",
    [
        {"accuracy": [1.0, 1, 1, 0.9], "critic_loss": [0.0, 0, 0, 0]},
        {"accuracy": [1.0, 1, 1, 1], "critic_loss": [0.0, 0, 0, 0.1]},
        {"accuracy": [], "critic_loss": []},
        {"distance": [1.0], "critic_loss": [0.0]},
    ],
)
def test_a_game_that_goes_on_is_no_defeat(history):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_defeat({name: np.array(each) for name, each in history.items()}, "")


def test_it_can_be_pickled():
    gan = GAN(**SMALL).fit(DIGITS)
    other = pickle.loads(pickle.dumps(gan))
    assert np.array_equal(other.sample(9, random_state=0), gan.sample(9, random_state=0))
    assert same(values(other.model_.critic.weights), values(gan.model_.critic.weights))
    assert not hasattr(gan, "predict")


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:X holds")
@parametrize_with_checks([GAN(**SMALL), GAN("standard", **SMALL)])
def test_scikit_learn_check(estimator, check):
    check(estimator)


BAD = [
    (
        {"loss": "wgan"},
        ValueError,
        r"loss='wgan' is unknown\. Did you mean 'wgan-gp'\? Choose from: wg",
    ),
    ({"noise_dim": 0}, ValueError, r"noise_dim=0 is too small"),
    ({"n_critic": 0}, ValueError, r"n_critic=0 is too small"),
    ({"n_critic": 1.5}, TypeError, r"n_critic=1\.5 is not an integer"),
    ({"penalty_weight": -1}, ValueError, r"penalty_weight=-1 is out of range"),
    ({"hidden": 8}, TypeError, r"hidden=8 is not a tuple"),
    ({"epochs": -1}, ValueError, r"epochs=-1 is too small"),
    ({"batch_size": 0}, ValueError, r"batch_size=0 is too small"),
    ({"snapshots": -1}, ValueError, r"snapshots=-1 is too small"),
    ({"learning_rate": np.nan}, ValueError, r"learning_rate=nan is out of range"),
    ({"betas": 0.5}, TypeError, r"betas=0\.5 is not a pair\. Give two numbers from 0 to below 1"),
    ({"betas": (0.5, 1.0)}, ValueError, r"betas=\(0\.5, 1\.0\) holds 1\.0, which is not below 1"),
    ({"network": "cnv"}, ValueError, r"network='cnv' is unknown"),
    ({"network": networks.Conv((9, 9))}, ValueError, r"81 values per row, but X has n_features=64"),
    (
        {"network": networks.Dense((8,), regularizer=networks.Denoising())},
        ValueError,
        r"has a regularizer, which is for autoencoders\. Give one without",
    ),
    ({"random_state": -1}, ValueError, r"random_state=-1 is negative"),
]


@pytest.fixture
def no_training(monkeypatch):
    """Whatever is wrong must be told before the first step."""
    monkeypatch.setattr("dkm.deep._core.training.trainer", lambda *_, **__: pytest.fail("it began"))


@pytest.mark.parametrize(("changes", "error", "words"), BAD)
def test_bad_parameters_are_told_before_training(no_training, changes, error, words):
    with pytest.raises(error, match=words):
        GAN().set_params(**changes).fit(DIGITS)


def test_a_weight_beyond_float32_is_told(no_training):
    with pytest.raises(ValueError, match=r"penalty_weight=1e\+39 is out of range for float32"):
        GAN(penalty_weight=1e39).fit(DIGITS.astype(np.float32))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"modes": RING}, r"modes was given without radius\. Give the distance"),
        ({"modes": RING[0], "radius": 1}, r"modes has shape \(2,\), but X has n_features=2"),
        ({"modes": RING[:, :1], "radius": 1}, r"modes has shape \(8, 1\), but X"),
        ({"modes": RING, "radius": -1}, r"radius=-1 is out of range"),
        ({"modes": RING, "radius": 0}, r"radius=0: then no sample is at a mode"),
        ({"modes": RING * np.nan, "radius": 1}, r"modes holds NaN or infinity\. Leave"),
        ({"modes": [["a", "b"]], "radius": 1}, r"modes is not a table of numbers"),
        ({"radius": 1}, r"radius=1 was given without modes\. Give both"),
    ],
)
def test_modes_that_do_not_fit_are_told_before_training(no_training, how, words):
    with pytest.raises(ValueError, match=words):
        GAN().fit(RING, **how)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [GAN, ClusterGAN, InfoGAN])
def test_too_few_moves_are_told_with_what_would_do(kind):
    few = kind(hidden=(8,), epochs=4, learning_rate=0.001, random_state=0)
    with pytest.warns(ConvergenceWarning, match="The generator gets only") as caught:
        few.fit(DIGITS)
    (said,) = [str(w.message) for w in caught if "gets only" in str(w.message)]
    if kind is GAN:
        enough = int(re.search(r"Give epochs=(\d+)", said)[1])
        with warnings.catch_warnings(record=True) as more:
            warnings.simplefilter("always")
            few.set_params(epochs=enough).fit(DIGITS)
        assert not [w for w in more if "gets only" in str(w.message)]


def test_of_no_moves_at_all_is_told_how_many_epochs_would_do():
    with pytest.warns(ConvergenceWarning, match=r"gets only 0 updates .* Give epochs=667 or more"):
        GAN(hidden=(8,), epochs=1, batch_size=80, learning_rate=0.0005).fit(DIGITS[:200])


def test_equal_rows_are_no_divergence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "The generator gets only")
        GAN(**SMALL).fit(np.zeros((20, 3)))
        with pytest.raises(
            ConvergenceWarning, match=r"fewer distinct rows \(1\) than n_clusters=3"
        ):
            InfoGAN(3, **SMALL).fit(np.ones((20, 3)))


@pytest.mark.parametrize("loss", ["standard", "wgan-gp"])
def test_the_remedy_is_not_what_is_there_already(loss):
    modes = np.full((1, DIGITS.shape[1]), 9.0)
    with pytest.warns(ConvergenceWarning, match="Only 0 of 1 modes") as caught:
        GAN(loss, hidden=(8,), epochs=1, random_state=0).fit(DIGITS, modes=modes, radius=1)
    said = " ".join(str(w.message) for w in caught)
    assert ('loss="wgan-gp"' in said) == (loss == "standard")


def test_a_model_without_clusters_is_not_saved_as_one(tmp_path):
    with pytest.raises(TypeError, match=r"^GAN\(.* cannot be saved here.* use pickle"):
        deep.save(tmp_path / "gan.safetensors", GAN(hidden=(8,), epochs=1).fit(DIGITS))
    assert not list(tmp_path.iterdir())
