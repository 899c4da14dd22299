"""The game that all GANs share: two losses with their signs, the penalty, and who moves when."""

import keras
import numpy as np
import tensorflow as tf

from dkm import networks
from dkm._util import checks
from dkm.deep.adam import Adam
from dkm.deep.pretraining import check_network
from dkm.networks.common import check_sizes

TINY = 1e-12  # keeps the root of the penalty from a slope without end at 0
ALONE = ("encoder", "decoder")  # what a description must build one by one


class Standard:
    r"""The game of the first GAN [1]_, on scores :math:`s = D(x)` that are logits.

    :math:`\sigma(s)` is the probability that a row is real; the losses are computed without it, by
    :math:`\log(1 + e^s)`, which never takes the logarithm of 0. All are means over the batch.

    References
    ----------
    .. [1] I. J. Goodfellow et al., "Generative adversarial nets", NIPS 2014.
    """

    penalised = False
    recorded = ("critic_loss", "generator_loss", "accuracy")

    @staticmethod
    def critic_loss(real, fake):
        r""":math:`-\overline{\log\sigma(D(x))} - \overline{\log(1-\sigma(D(G(z))))}`, a scalar."""
        return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))

    @staticmethod
    def generator_loss(fake):
        r""":math:`-\overline{\log\sigma(D(G(z)))}`, the form whose gradient does not fade."""
        return tf.reduce_mean(tf.nn.softplus(-fake))

    @staticmethod
    def verdict(real, fake):
        """Accuracy of the critic: the share of rows that it takes for what they are."""
        right = tf.concat([real > 0, fake < 0], axis=0)
        return tf.reduce_mean(tf.cast(right, real.dtype))


class Wasserstein:
    r"""The game of WGAN-GP [1]_: the critic's scores may be any numbers, its slope is held near 1.

    All are means over the batch; the penalty is added by the step.

    References
    ----------
    .. [1] I. Gulrajani et al., "Improved training of Wasserstein GANs", NIPS 2017.
    """

    penalised = True
    recorded = ("critic_loss", "generator_loss", "penalty", "distance")

    @staticmethod
    def critic_loss(real, fake):
        r""":math:`\overline{D(G(z))} - \overline{D(x)}`, a scalar, without the penalty."""
        return tf.reduce_mean(fake) - tf.reduce_mean(real)

    @staticmethod
    def generator_loss(fake):
        r""":math:`-\overline{D(G(z))}`, a scalar."""
        return -tf.reduce_mean(fake)

    @staticmethod
    def verdict(real, fake):
        """The critic's estimate of the distance between real rows and made ones."""
        return tf.reduce_mean(real) - tf.reduce_mean(fake)


GAMES = {"wgan-gp": Wasserstein, "standard": Standard}


def gradient_penalty(critic, real, fake, shares):
    r"""How far the critic's slope is from 1 between real rows and made ones.

    .. math::
        \frac1B \sum_i (\lVert \nabla D(\hat x_i) \rVert - 1)^2, \qquad
        \hat x_i = \epsilon_i x_i + (1 - \epsilon_i) G(z_i)

    The norm is that of each row's own gradient, over its d features.

    Parameters
    ----------
    critic : callable
        From rows, shape (B, d), to scores, shape (B, 1).
    real, fake : Tensor, shape (B, d)
    shares : Tensor, shape (B, 1)
        The :math:`\epsilon_i`, one for each row.

    Returns
    -------
    Tensor, a scalar
    """
    between = shares * real + (1 - shares) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between)
    slopes = tape.gradient(scores, between)
    norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=1) + TINY)
    return tf.reduce_mean(tf.square(norms - 1))


class Players(keras.Model):
    r"""A generator :math:`G` and a critic :math:`D`, each of which lowers its own loss.

    A batch of `train_step` is a move of the critic; after every `n_critic` of them the generator
    moves. What plays on the generator's side besides it, and for what, a subclass says by
    `partners` and `extra_loss`.

    Parameters
    ----------
    game : {"wgan-gp", "standard"}
    network : dkm.networks.Dense or dkm.networks.Conv
        G is the decoder of this description, D its encoder with leaky ReLU and a single output.
    n_features, z_dim : int
        G leads from the second to the first.
    n_critic : int
    penalty_weight : float
    dtype : {"float32", "float64"}
    rng : numpy.random.Generator, optional
        Source of the weights and of all draws.
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
        self.recorded = [self.mean(name) for name in GAMES[game].recorded]
        self.built = True

    def beside(self, name, n_outputs):
        """Another network that looks at rows, built as the critic is."""
        return self.network.encoder(
            self.n_features, n_outputs, self.dtype, self.rng, name=name, activation="leaky_relu"
        )

    def mean(self, name):
        """A new metric, the mean of an epoch, kept in `means`."""
        self.means[name] = keras.metrics.Mean(name, self.dtype)
        return self.means[name]

    @property
    def metrics(self):
        """What is recorded of an epoch, all in this model's own dtype."""
        return self.recorded

    @property
    def partners(self):
        """The networks that move with the generator."""
        return []

    def extra_loss(self, z, fake):
        """What the generator's side lowers besides the loss of the game: a scalar."""
        return tf.zeros((), self.dtype)

    def draw(self, n):
        """What `n` rows are made from, shape (n, z_dim): normal noise."""
        return self.normal((n, self.z_dim))

    def normal(self, shape):
        """Numbers from N(0, 1)."""
        return keras.random.normal(shape, dtype=self.dtype, seed=self.seed)

    def train_step(self, data):
        """The critic moves; after every `n_critic` of its moves the generator does, too."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.move_critic(x)
        turn = tf.equal(self.critic_optimizer.iterations % self.n_critic, 0)
        tf.cond(turn, lambda: self.move_generator(tf.shape(x)[0]), lambda: None)
        return self.get_metrics_result()

    def move_critic(self, x):
        """A step of the critic alone on real rows, shape (B, d), and as many made ones."""
        z = self.draw(tf.shape(x)[0])
        fake = self.generator(z)
        with tf.GradientTape() as tape:
            scores = tf.split(self.critic(tf.concat([x, fake], axis=0)), 2)  # one pass, for speed
            penalty = self.penalty(x, fake)
            loss = GAMES[self.game].critic_loss(*scores) + self.penalty_weight * penalty
        weights = self.critic.trainable_weights
        self.critic_optimizer.apply(tape.gradient(loss, weights), weights)
        self.record(x, z, fake, scores, loss, penalty)

    def move_generator(self, n):
        """A step of the generator and its partners on `n` rows that they make."""
        z = self.draw(n)
        with tf.GradientTape() as tape:
            fake = self.generator(z)
            loss = GAMES[self.game].generator_loss(self.critic(fake)) + self.extra_loss(z, fake)
        weights = self.generators_side()
        self.optimizer.apply(tape.gradient(loss, weights), weights)

    def penalty(self, x, fake):
        """The gradient penalty of a batch, or 0 where the game has none."""
        if not GAMES[self.game].penalised:
            return tf.zeros((), self.dtype)
        shares = keras.random.uniform((tf.shape(x)[0], 1), dtype=self.dtype, seed=self.seed)
        return gradient_penalty(self.critic, x, fake, shares)

    def record(self, x, z, fake, scores, loss, penalty):
        """Take note of a batch, as it was before the critic's move."""
        game = GAMES[self.game]
        values = {
            "critic_loss": loss,
            "generator_loss": game.generator_loss(scores[1]),
            "penalty": penalty,
            game.recorded[-1]: game.verdict(*scores),
        }
        self.note({name: values[name] for name in game.recorded}, tf.shape(x)[0])

    def note(self, values, n):
        """Add values of a batch of `n` rows to the means of the epoch."""
        for name, value in values.items():
            self.means[name].update_state(value, sample_weight=n)

    def generators_side(self):
        """The weights that move with the generator."""
        networks = [self.generator, *self.partners]
        return [weight for network in networks for weight in network.trainable_weights]

    def call(self, x, training=False):
        """Scores of the critic, shape (B, 1)."""
        return self.critic(x)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The losses of both sides, added: finite as long as the game can go on."""
        z = self.draw(tf.shape(x)[0])
        fake = self.generator(z)
        game, scores = GAMES[self.game], (self.critic(x), self.critic(fake))
        loss = game.critic_loss(*scores) + self.penalty_weight * self.penalty(x, fake)
        return loss + game.generator_loss(scores[1]) + self.extra_loss(z, fake)

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {
            "network": self.network,
            "n_features": self.n_features,
            "n_critic": self.n_critic,
            "penalty_weight": self.penalty_weight,
            "dtype": self.dtype,
        }


def with_two_adams(model, learning_rate=0.001, betas=(0.9, 0.999)):
    """Give each side of the game an Adam of its own."""
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
            f"network={network!r} cannot build its encoder and its decoder one by one. Give "
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
        raise TypeError(f"betas={betas!r} is no pair. {remedy}")
    for beta in betas:
        checks.check_real("betas", beta, at_least=0)
        if beta >= 1:
            raise ValueError(f"betas={betas!r} holds {beta}, which is not below 1. {remedy}")


def described(network, hidden, X):
    """The description that a network's name or None stands for; it fits X, shape (n, d)."""
    if network is None or isinstance(network, str):
        network = networks.named(network or "dense", hidden, X.shape[1])
    network.check(X)
    return network
