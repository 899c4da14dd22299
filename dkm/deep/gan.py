"""Generative adversarial networks: a model that generates samples; it does not cluster."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep._core import training
from dkm.deep._core.diagnostics import check_representable, check_squares, warn_of_scale
from dkm.deep._core.gan_diagnostics import (
    COUNTED,
    check_modes,
    covered_modes,
    warn_of_defeat,
    warn_of_few_moves,
    warn_of_lost_modes,
    warn_of_spread,
)
from dkm.deep._core.generator_and_critic import Players, check_players, described, with_two_adams
from dkm.deep._core.keras_estimator import KerasEstimator, check_callback, restore_on_failure
from dkm.deep._core.pretraining import Network
from dkm.deep._core.shared_docs import with_shared_docs

MOVES = {"wgan-gp": 5, "standard": 1}  # updates of the critic per update of the generator
TINY = 1e-12  # keeps the slope of the square root in the penalty finite at 0


class Standard:
    r"""The game of the original GAN [1]_, on scores :math:`s = D(x)` that are logits.

    :math:`\sigma(s)` is the probability that a row is real. The losses are computed from
    :math:`\log(1 + e^s)` instead, which never takes the logarithm of 0. All are means over the
    batch.

    References
    ----------
    .. [1] I. J. Goodfellow et al., "Generative adversarial nets", NIPS 2014.
    """

    penalty = None
    recorded = ("critic_loss", "generator_loss", "accuracy")

    @staticmethod
    def critic_loss(real, fake):
        r""":math:`-\overline{\log\sigma(D(x))} - \overline{\log(1-\sigma(D(G(z))))}`, a scalar."""
        return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))

    @staticmethod
    def generator_loss(fake):
        r""":math:`-\overline{\log\sigma(D(G(z)))}`, the non-saturating form."""
        return tf.reduce_mean(tf.nn.softplus(-fake))

    @staticmethod
    def verdict(real, fake):
        """Accuracy of the critic: the share of rows that it classifies correctly."""
        right = tf.concat([real > 0, fake < 0], axis=0)
        return tf.reduce_mean(tf.cast(right, real.dtype))


class Wasserstein:
    r"""The game of WGAN-GP [1]_: unbounded scores from a critic whose slope is kept near 1.

    All are means over the batch; the training step adds the penalty.

    References
    ----------
    .. [1] I. Gulrajani et al., "Improved training of Wasserstein GANs", NIPS 2017.
    """

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
        """The critic's estimate of the distance between real and generated samples."""
        return tf.reduce_mean(real) - tf.reduce_mean(fake)

    @staticmethod
    def penalty(critic, real, fake, shares):
        """How far the critic's slope is from 1, see `gradient_penalty`."""
        return gradient_penalty(critic, real, fake, shares)


def gradient_penalty(critic, real, fake, shares):
    r"""How far the critic's slope is from 1 between real and generated samples.

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


GAMES = {"wgan-gp": Wasserstein, "standard": Standard}


class GANModel(Players):
    """Generator and critic; samples are generated from noise alone.

    Parameters
    ----------
    loss : {"wgan-gp", "standard"}
    **architecture
        As for `Players`, without `game`.
    """

    def __init__(self, loss, **architecture):
        super().__init__(GAMES[loss], **architecture)
        self.loss_name = loss

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {"loss": self.loss_name, "z_dim": self.z_dim, **super().get_config()}


@with_shared_docs
class GAN(KerasEstimator, BaseEstimator):
    r"""Generative adversarial network: learns to generate samples like the rows of X.

    A generator :math:`G` turns noise :math:`z \sim N(0, I)` into samples. A critic :math:`D` scores
    rows: high if it takes them for real. Each is trained on its own loss, by gradients of its own
    weights only. With ``loss="standard"`` [1]_, :math:`\sigma(D)` is the probability that a row is
    real (D is then called the discriminator), and

    .. math::
        L_D = -\overline{\log \sigma(D(x))} - \overline{\log(1 - \sigma(D(G(z))))}, \qquad
        L_G = -\overline{\log \sigma(D(G(z)))};

    with ``loss="wgan-gp"`` [2]_ the slope of D is kept near 1 between real and generated samples,

    .. math::
        L_D = \overline{D(G(z))} - \overline{D(x)}
        + \lambda \overline{(\lVert \nabla D(\hat x) \rVert - 1)^2}, \qquad
        L_G = -\overline{D(G(z))}

    (means over the batch; :math:`\hat x` is a random point between a real and a generated sample,
    a new one for each pair). A GAN models the data and does not cluster them; `ClusterGAN` and
    `InfoGAN` do. Introduced in notebook 09.

    Parameters
    ----------
    loss : {"wgan-gp", "standard"}, default="wgan-gp"
    noise_dim : int, default=16
        Dimensions of the noise.
    hidden : tuple of int, default=(128, 128)
        Units of the critic's layers; the generator mirrors them.
    %(gan_network)s
    n_critic : int or None, default=None
        Updates of the critic, one per batch, for each update of the generator. None: 5 with
        "wgan-gp", 1 with "standard", as in the papers.
    penalty_weight : float, default=10.0
        The :math:`\lambda` above; not used by "standard".
    epochs : int, default=300
        Passes over X. Count updates, not epochs: the generator has n / (`batch_size` `n_critic`)
        of them per epoch, and needs some thousands.
    %(gan_batch_size)s
    %(gan_learning_rate)s
    %(betas)s
    snapshots : int, default=0
        Samples to generate after each epoch, always from the same noise, for `snapshots_`.
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    model_ : keras.Model
        With ``model_.generator`` and ``model_.critic``.
    history_ : dict of ndarray, shape (epochs,)
        Means over the batches of each epoch: "critic_loss" (:math:`L_D`), "generator_loss"
        (:math:`L_G`, on the samples that the critic saw); with "wgan-gp" also "penalty" (without
        :math:`\lambda`) and "distance", :math:`\overline{D(x)} - \overline{D(G(z))}`, the critic's
        estimate of how far generated samples are from real ones; with "standard" also "accuracy",
        the share of rows that the critic classifies correctly. If `fit` was given the modes, also
        "modes" and "stray" at the end of each epoch, see `dkm.deep.covered_modes`.
    snapshots_ : ndarray, shape (epochs + 1, snapshots, d)
        The first is before training. Only if `snapshots` is not 0.
    %(features)s

    Notes
    -----
    Published for WGAN-GP on images: Adam with a learning rate of 0.0001 and some 100 000 updates of
    the generator. The defaults are for a few thousand. There is no batch normalisation.

    With "wgan-gp", "distance" shows which epoch or fit is best: it falls as samples become more
    like X. The losses of "standard" do not: :math:`L_D = \log 4` at the end of a perfect game, but
    also whenever both players are equally bad.

    References
    ----------
    .. [1] I. J. Goodfellow et al., "Generative adversarial nets", NIPS 2014.
    .. [2] I. Gulrajani et al., "Improved training of Wasserstein GANs", NIPS 2017.

    Examples
    --------
    >>> from dkm import GAN, datasets
    >>> X = datasets.load("digits").X
    >>> gan = GAN(epochs=5, random_state=0).fit(X)  # few epochs, to be quick; fit warns
    >>> gan.sample(3, random_state=0).shape
    (3, 64)
    """

    model_class = GANModel
    with_optimizer = staticmethod(with_two_adams)

    def __init__(
        self,
        loss: str = "wgan-gp",
        *,
        noise_dim: int = 16,
        hidden: Sequence[int] = (128, 128),
        network: Network = None,
        n_critic: int | None = None,
        penalty_weight: float = 10.0,
        epochs: int = 300,
        batch_size: int = 64,
        learning_rate: float = 0.0005,
        betas: tuple[float, float] = (0.5, 0.9),
        snapshots: int = 0,
        random_state: checks.RandomState = None,
        verbose: int = 0,
    ):
        self.loss = loss
        self.noise_dim = noise_dim
        self.hidden = hidden
        self.network = network
        self.n_critic = n_critic
        self.penalty_weight = penalty_weight
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.betas = betas
        self.snapshots = snapshots
        self.random_state = random_state
        self.verbose = verbose

    @restore_on_failure
    def fit(
        self,
        X: ArrayLike,
        y: object = None,
        *,
        modes: ArrayLike | None = None,
        radius: float | None = None,
        callback: training.Callback = None,
    ) -> Self:
        """Train both players; a fit that fails changes nothing.

        Parameters
        ----------
        X : array-like, shape (n, d)
            Images in [0, 1], or a standardised table. float32 stays, all else becomes float64; the
            networks compute in the same dtype.
        y : ignored
        modes : array-like, shape (m, d), optional
            Where the rows of X are dense, if that is known. After each epoch 1000 samples are
            generated, always from the same noise, and `history_` records how many modes they cover.
        radius : float, optional
            How far from a mode its samples lie, see `dkm.deep.covered_modes`. To be given with
            `modes`.
        callback : callable, optional
            Called with a `dkm.deep.Checkpoint` before the first and after each epoch; it may call
            `sample`. If it returns True, training ends.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Before any training: if a parameter is out of range, if the network does not fit X, if X
            is not a finite numeric table, or if its squares overflow.

        Warns
        -----
        ConvergenceWarning
            If the generator gets too few updates, if a loss or a weight is no longer finite
            (training is stopped, and the last good state is kept), if the critic has won, if modes
            are lost, or if all samples are the same or are far from X.
        UserWarning
            If X holds values far beyond -1 to 1.
        """
        check_callback(callback)
        self._check_parameters()
        seeds = checks.random_generator(self.random_state).integers(2**63, size=4)
        rngs = [np.random.default_rng(seed) for seed in seeds]
        X = self._checked(X, reset=True)
        check_squares(X)
        modes = check_modes(modes, radius, X)
        model = self._build(X, rngs[0])
        warn_of_scale(X)
        n_critic, rate = model.n_critic, self.learning_rate
        warn_of_few_moves(self.epochs, len(X), min(self.batch_size, len(X)), n_critic, rate)
        history, snapshots = self._train(model, X, modes, radius, rngs[1:3], callback)
        self.model_, self.history_ = model, history
        vars(self).pop("snapshots_", None)  # of an earlier fit
        if self.snapshots:
            self.snapshots_ = snapshots
        other = 'loss="wgan-gp"' if self.loss == "standard" else ""
        made_now = made(model, COUNTED, rngs[3])
        if not model.diverged:
            model.diverged = warn_of_spread(made_now, X, other and f", or try {other}")
        if not model.diverged:
            warn_of_defeat(history, other and f"{other}, ")
            warn_of_lost_modes(history, modes, other or "a lower penalty_weight")
        return self

    def sample(
        self, n_samples: int = 1, *, random_state: checks.RandomState = None
    ) -> NDArray[np.floating]:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, Generator, RandomState or None, default=None

        Returns
        -------
        ndarray, shape (n_samples, d), dtype of the X that was fitted
        """
        check_is_fitted(self)
        checks.check_integer("n_samples", n_samples, at_least=1)
        rng = np.random.default_rng(checks.random_generator(random_state).integers(2**63))
        return made(self.model_, n_samples, rng)

    def _check_parameters(self):
        checks.check_choice("loss", self.loss, list(GAMES))
        check_players(self)
        if self.n_critic is not None:
            checks.check_integer("n_critic", self.n_critic, at_least=1)
        checks.check_real("penalty_weight", self.penalty_weight, at_least=0)
        checks.check_integer("snapshots", self.snapshots, at_least=0)

    def _build(self, X, rng):
        check_representable("penalty_weight", self.penalty_weight, X.dtype)
        model = GANModel(
            loss=self.loss,
            network=described(self.network, self.hidden, X),
            n_features=X.shape[1],
            z_dim=int(self.noise_dim),
            n_critic=int(self.n_critic or MOVES[self.loss]),
            penalty_weight=float(self.penalty_weight),
            dtype=X.dtype.name,
            rng=rng,
        )
        return with_two_adams(model, float(self.learning_rate), self.betas)

    def _train(self, model, X, modes, radius, rngs, callback):
        seed = rngs[1].integers(2**63)  # the same noise after each epoch
        snapshots = []

        def on_epoch(epoch, logs):
            rng = np.random.default_rng(seed)
            if self.snapshots:
                snapshots.append(made(model, self.snapshots, rng))
            if modes is not None and epoch:
                covered, stray = covered_modes(made(model, COUNTED, rng), modes, radius)
                logs |= {"modes": covered, "stray": stray}
            return report(epoch, logs)

        train = training.trainer(model, X, batch_size=self.batch_size, sampler="permutation")
        with training.progress(self.verbose, self.epochs) as bar:
            report = self._on_epoch(model, "training", self.epochs, bar, callback)
            recorded = train(self.epochs, rngs[0], on_epoch)
        if self.snapshots and not snapshots:  # without any epoch
            snapshots.append(made(model, self.snapshots, np.random.default_rng(seed)))
        names = self._recorded(modes)
        history = {name: np.array([epoch[name] for epoch in recorded]) for name in names}
        return history, np.array(snapshots[: len(recorded) + 1])

    def _recorded(self, modes):
        """What `history_` has of each epoch."""
        return GAMES[self.loss].recorded + (() if modes is None else ("modes", "stray"))


def made(model, n_samples, rng):
    """Samples from new noise, shape (n_samples, d)."""
    z = rng.standard_normal((n_samples, model.z_dim)).astype(model.dtype)
    return training.in_batches(model.generator, z)
