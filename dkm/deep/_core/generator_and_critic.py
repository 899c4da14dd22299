"""What all GANs share: two players that take turns, each with its own loss and optimizer."""

import keras
import numpy as np
import tensorflow as tf

from dkm import networks
from dkm._util import checks
from dkm.deep._core.adam import Adam
from dkm.deep._core.pretraining import check_network
from dkm.networks.common import check_sizes

ALONE = ("encoder", "decoder")  # what a description must be able to build one by one


class Players(keras.Model):
    r"""A generator :math:`G` and a critic :math:`D`, each of which lowers its own loss.

    Each call of `train_step` is an update of the critic; after every `n_critic` of them the
    generator is updated. A subclass says by `partners` and `extra_loss` what else is trained
    together with the generator, and towards what.

    Parameters
    ----------
    game : dkm.deep.gan.Standard or dkm.deep.gan.Wasserstein
        The losses of both players.
    network : dkm.networks.Dense or dkm.networks.Conv
        G is the decoder of this description, D its encoder with leaky ReLU and a single output.
    n_features, z_dim : int
        G leads from the second to the first.
    n_critic : int
    penalty_weight : float
    dtype : {"float32", "float64"}
    rng : numpy.random.Generator, optional
        Source of the weights and of all random draws.
    """

    def __init__(self, game, network, n_features, z_dim, n_critic, penalty_weight, dtype, rng=None):
        super().__init__(dtype=dtype, name="model")  # see dkm.networks.common on names
        self.rng = np.random.default_rng(rng)
        self.game, self.network = game, network
        self.n_features, self.z_dim = n_features, z_dim
        self.n_critic, self.penalty_weight = n_critic, penalty_weight
        self.generator = network.decoder(n_features, z_dim, dtype, self.rng, name="generator")
        self.critic = self.beside("critic", 1)
        self.seed = keras.random.SeedGenerator(int(self.rng.integers(2**31)), name="draws")
        self.means = {}
        self.recorded = [self.mean(name) for name in game.recorded]
        self.built = True

    def beside(self, name, n_outputs):
        """Build another network on rows, with the architecture of the critic."""
        return self.network.encoder(
            self.n_features, n_outputs, self.dtype, self.rng, name=name, activation="leaky_relu"
        )

    def mean(self, name):
        """Make a metric, the mean over an epoch, and keep it in `means`."""
        self.means[name] = keras.metrics.Mean(name, self.dtype)
        return self.means[name]

    @property
    def metrics(self):
        """What is recorded of an epoch, all in this model's own dtype."""
        return self.recorded

    @property
    def partners(self):
        """The networks that are trained together with the generator."""
        return []

    def extra_loss(self, z, fake):
        """What the generator's side minimises besides the loss of the game: a scalar."""
        return tf.zeros((), self.dtype)

    def draw(self, n):
        """Inputs of the generator for `n` samples, shape (n, z_dim): normal noise."""
        return self.normal((n, self.z_dim))

    def normal(self, shape):
        """Standard normal noise."""
        return keras.random.normal(shape, dtype=self.dtype, seed=self.seed)

    def train_step(self, data):
        """Update the critic and, after every `n_critic` calls, the generator."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.move_critic(x)
        turn = tf.equal(self.critic_optimizer.iterations % self.n_critic, 0)
        tf.cond(turn, lambda: self.move_generator(tf.shape(x)[0]), lambda: None)
        return self.get_metrics_result()

    def move_critic(self, x):
        """A step of the critic alone, on real rows, shape (B, d), and as many samples."""
        z = self.draw(tf.shape(x)[0])
        fake = self.generator(z)
        with tf.GradientTape() as tape:
            scores = tf.split(self.critic(tf.concat([x, fake], axis=0)), 2)  # one pass, for speed
            penalty = self.penalty(x, fake)
            loss = self.game.critic_loss(*scores) + self.penalty_weight * penalty
        weights = self.critic.trainable_weights
        self.critic_optimizer.apply(tape.gradient(loss, weights), weights)
        self.record(x, z, fake, scores, loss, penalty)

    def move_generator(self, n):
        """A step of the generator and its partners on `n` samples."""
        z = self.draw(n)
        with tf.GradientTape() as tape:
            fake = self.generator(z)
            loss = self.game.generator_loss(self.critic(fake)) + self.extra_loss(z, fake)
        weights = self.generators_side()
        self.optimizer.apply(tape.gradient(loss, weights), weights)

    def penalty(self, x, fake):
        """The penalty of a batch, or 0 if the game has none."""
        if self.game.penalty is None:
            return tf.zeros((), self.dtype)
        shares = keras.random.uniform((tf.shape(x)[0], 1), dtype=self.dtype, seed=self.seed)
        return self.game.penalty(self.critic, x, fake, shares)

    def record(self, x, z, fake, scores, loss, penalty):
        """Record a batch, as it was before the critic's update."""
        game = self.game
        values = {
            "critic_loss": loss,
            "generator_loss": game.generator_loss(scores[1]),
            "penalty": penalty,
            game.recorded[-1]: game.verdict(*scores),
        }
        self.note({name: values[name] for name in game.recorded}, tf.shape(x)[0])

    def note(self, values, n):
        """Add the values of a batch of `n` rows to the means of the epoch."""
        for name, value in values.items():
            self.means[name].update_state(value, sample_weight=n)

    def generators_side(self):
        """The weights that are trained with the generator's loss."""
        networks = [self.generator, *self.partners]
        return [weight for network in networks for weight in network.trainable_weights]

    def call(self, x, training=False):
        """Scores of the critic, shape (B, 1)."""
        return self.critic(x)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of both losses, to see whether they are finite."""
        z = self.draw(tf.shape(x)[0])
        fake = self.generator(z)
        game, scores = self.game, (self.critic(x), self.critic(fake))
        loss = game.critic_loss(*scores) + self.penalty_weight * self.penalty(x, fake)
        return loss + game.generator_loss(scores[1]) + self.extra_loss(z, fake)

    def get_config(self):
        """Constructor arguments, for serialization, but for the game, which a method chooses."""
        return {
            "network": self.network,
            "n_features": self.n_features,
            "n_critic": self.n_critic,
            "penalty_weight": self.penalty_weight,
            "dtype": self.dtype,
        }


def with_two_adams(model, learning_rate=0.001, betas=(0.9, 0.999)):
    """Compile the model, with an Adam for each side of the game."""
    model.compile(optimizer=Adam(learning_rate, *betas))
    model.critic_optimizer = Adam(learning_rate, *betas)
    model.optimizer.build(model.generators_side())
    model.critic_optimizer.build(model.critic.trainable_weights)
    model.optimizers = [model.optimizer, model.critic_optimizer]
    return model


def check_players(estimator):
    """Raise if a parameter that all GANs have is out of range."""
    for name, least in {"noise_dim": 1, "epochs": 0, "batch_size": 1, "verbose": 0}.items():
        checks.check_integer(name, getattr(estimator, name), at_least=least)
    checks.check_real("learning_rate", estimator.learning_rate, at_least=0)
    check_betas(estimator.betas)
    check_sizes("hidden", estimator.hidden)
    network = estimator.network
    check_network(network)
    if network is None or isinstance(network, str):
        return
    if not all(hasattr(network, name) for name in ALONE):
        raise TypeError(
            f"network={network!r} cannot build its encoder and its decoder separately. Give "
            "networks.Dense(hidden=...) or networks.Conv(image_shape=...)."
        )
    if network.regularizer is not None:
        raise ValueError(
            f"network={network!r} has a regularizer, which is for autoencoders. Give one without."
        )


def check_betas(betas):
    """Raise unless `betas` are two numbers from 0 to below 1."""
    remedy = "Give two numbers from 0 to below 1, such as (0.5, 0.9)."
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise TypeError(f"betas={betas!r} is not a pair. {remedy}")
    for beta in betas:
        checks.check_real("betas", beta, at_least=0)
        if beta >= 1:
            raise ValueError(f"betas={betas!r} holds {beta}, which is not below 1. {remedy}")


def described(network, hidden, X):
    """The description that a name or None stands for, checked against X, shape (n, d)."""
    if network is None or isinstance(network, str):
        network = networks.named(network or "dense", hidden, X.shape[1])
    network.check(X)
    return network
