"""Generative adversarial networks: a model that makes rows; it clusters nothing."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep import training
from dkm.deep.base import HoldsModel, check_squares, warn_of_scale, whole_or_not
from dkm.deep.joint import check_reach
from dkm.deep.modes import (
    COUNTED,
    check_modes,
    covered_modes,
    warn_of_defeat,
    warn_of_few_moves,
    warn_of_lost_modes,
    warn_of_spread,
)
from dkm.deep.players import GAMES, Players, check_players, described, with_two_adams

MOVES = {"wgan-gp": 5, "standard": 1}  # of the critic for one of the generator, as published


class GANModel(Players):
    """Generator and critic; what rows are made from is noise alone."""

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {"game": self.game, "z_dim": self.z_dim, **super().get_config()}


class GAN(HoldsModel, BaseEstimator):
    r"""Generative adversarial network: learns to make rows like those of X.

    A generator :math:`G` makes rows from noise :math:`z \sim N(0, I)`. A critic :math:`D` scores
    rows, high where it takes them for real. Each lowers its own loss by gradients of its own
    weights alone. With ``loss="standard"`` [1]_, :math:`\sigma(D)` is the probability that a row is
    real (D is called the discriminator then), and

    .. math::
        L_D = -\overline{\log \sigma(D(x))} - \overline{\log(1 - \sigma(D(G(z))))}, \qquad
        L_G = -\overline{\log \sigma(D(G(z)))};

    with ``loss="wgan-gp"`` [2]_ the slope of D is held near 1 between real rows and made ones,

    .. math::
        L_D = \overline{D(G(z))} - \overline{D(x)}
        + \lambda \overline{(\lVert \nabla D(\hat x) \rVert - 1)^2}, \qquad
        L_G = -\overline{D(G(z))}

    (means over the batch; :math:`\hat x` lies at a random point between a real row and a made one,
    another for each pair). It is a model of the data and no clusterer: see `ClusterGAN` and
    `InfoGAN` for these. Introduced in notebook 09.

    Parameters
    ----------
    loss : {"wgan-gp", "standard"}, default="wgan-gp"
    noise_dim : int, default=16
        Dimensions of the noise.
    hidden : tuple of int, default=(128, 128)
        Units of the critic's layers; the generator has them in mirror image.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of both: G is the decoder of this description, D its encoder, with leaky ReLU and a
        single output. "dense", as if none were given, has the layers `hidden`; "conv" is for rows
        that are square images.
    n_critic : int or None, default=None
        Batches, each a move of the critic, for one move of the generator. None: 5 with "wgan-gp",
        1 with "standard", as in the papers.
    penalty_weight : float, default=10.0
        The :math:`\lambda` above; "standard" does not use it.
    epochs : int, default=300
        Passes over X. Count moves, not epochs: the generator has n / (`batch_size` `n_critic`) of
        them in an epoch, and needs some thousands.
    batch_size : int, default=64
        Rows of a batch; all of X if it has fewer.
    learning_rate : float, default=0.0005
        Of the Adam that each player has.
    betas : (float, float), default=(0.5, 0.9)
        Of both: how much of its running means stays at each step.
    snapshots : int, default=0
        Rows to make after each epoch, always from the same noise, for `snapshots_`.
    random_state : int, Generator, RandomState or None, default=None
        Source of all random draws. No generator of Keras, TensorFlow or NumPy that others use is
        touched.
    verbose : int, default=0
        With 1, a progress bar.

    Attributes
    ----------
    model_ : keras.Model
        With ``model_.generator`` and ``model_.critic``.
    history_ : dict of ndarray, shape (epochs,)
        Means over the batches of each epoch: "critic_loss" (:math:`L_D`), "generator_loss"
        (:math:`L_G`, of the rows that the critic saw); with "wgan-gp" also "penalty" (without
        :math:`\lambda`) and "distance", :math:`\overline{D(x)} - \overline{D(G(z))}`, the critic's
        estimate of how far made rows are from real ones; with "standard" also "accuracy", the share
        of rows that the critic takes for what they are. If `fit` was given the modes, also "modes"
        and "stray" as of the end of each epoch, see `dkm.deep.modes.covered_modes`.
    snapshots_ : ndarray, shape (epochs + 1, snapshots, d)
        The first is before training. Only if `snapshots` is not 0.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    Published for WGAN-GP on images: Adam with a learning rate of 0.0001 and some 100 000 moves of
    the generator. The defaults are for a few thousand. No layer normalises its batch.

    Which epoch or which of several fits is best, "distance" tells for "wgan-gp" (it falls as rows
    become alike); the losses of "standard" tell nothing of it: at the end of a perfect game
    :math:`L_D = \log 4`, but also whenever both players are equally bad.

    References
    ----------
    .. [1] I. J. Goodfellow et al., "Generative adversarial nets", NIPS 2014.
    .. [2] I. Gulrajani et al., "Improved training of Wasserstein GANs", NIPS 2017.

    Examples
    --------
    >>> from dkm import GAN, datasets
    >>> X = datasets.load("digits").X
    >>> gan = GAN(epochs=5, random_state=0).fit(X)  # so few, to be quick; it warns of that
    >>> gan.sample(3, random_state=0).shape
    (3, 64)
    """

    model_class = GANModel
    with_optimizer = staticmethod(with_two_adams)

    def __init__(
        self,
        loss="wgan-gp",
        *,
        noise_dim=16,
        hidden=(128, 128),
        network=None,
        n_critic=None,
        penalty_weight=10.0,
        epochs=300,
        batch_size=64,
        learning_rate=0.0005,
        betas=(0.5, 0.9),
        snapshots=0,
        random_state=None,
        verbose=0,
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

    @whole_or_not
    def fit(self, X, y=None, *, modes=None, radius=None):
        """Train both players; what fails or is stopped changes nothing.

        Parameters
        ----------
        X : array-like, shape (n, d)
            Images in [0, 1], or a standardised table. float32 stays, all else becomes float64, and
            the networks compute in the same.
        y : ignored
        modes : array-like, shape (m, d), optional
            Where the rows of X are dense, if that is known. After each epoch 1000 rows are made,
            always from the same noise, and `history_` says how many modes they cover.
        radius : float, optional
            How far from a mode its rows lie, see `dkm.deep.modes.covered_modes`. To be given with
            `modes`.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Before any training: if a parameter is out of range, if the network does not fit X, if X
            is no finite numeric table, or if its squares overflow.

        Warns
        -----
        ConvergenceWarning
            If the generator makes too few moves, if a loss or a weight is no longer finite (the
            training is stopped then, and the last good state is kept), if the critic has won, if
            modes are lost, or if all rows that are made are the same or are far from X.
        UserWarning
            If X holds values far beyond -1 to 1.
        """
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
        history, snapshots = self._train(model, X, modes, radius, rngs[1:3])
        self.model_, self.history_ = model, history
        vars(self).pop("snapshots_", None)  # of an earlier fit
        if self.snapshots:
            self.snapshots_ = snapshots
        other = 'loss="wgan-gp"' if self.loss == "standard" else ""
        made_now = made(model, COUNTED, rngs[3])
        warn_of_spread(model, made_now, X, other and f", or try {other}")
        if not model.diverged:
            warn_of_defeat(history, other and f"{other}, ")
            warn_of_lost_modes(history, modes, other or "a lower penalty_weight")
        return self

    def sample(self, n_samples=1, *, random_state=None):
        """New rows.

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
        check_reach("penalty_weight", self.penalty_weight, X.dtype)
        model = GANModel(
            game=self.loss,
            network=described(self.network, self.hidden, X),
            n_features=X.shape[1],
            z_dim=int(self.noise_dim),
            n_critic=int(self.n_critic or MOVES[self.loss]),
            penalty_weight=float(self.penalty_weight),
            dtype=X.dtype.name,
            rng=rng,
        )
        return with_two_adams(model, float(self.learning_rate), self.betas)

    def _train(self, model, X, modes, radius, rngs):
        seed = rngs[1].integers(2**63)  # the same noise after each epoch
        snapshots = []

        def after():
            rng = np.random.default_rng(seed)
            if self.snapshots:
                snapshots.append(made(model, self.snapshots, rng))
            if modes is None:
                return {}
            covered, stray = covered_modes(made(model, COUNTED, rng), modes, radius)
            return {"modes": covered, "stray": stray}

        after()
        with training.progress(self.verbose, self.epochs) as bar:
            how = {"batch_size": self.batch_size, "sampler": "permutation", "after": after}
            recorded = training.trainer(model, X, bar=bar, **how)(self.epochs, rngs[0])
        names = GAMES[self.loss].recorded + (() if modes is None else ("modes", "stray"))
        history = {name: np.array([epoch[name] for epoch in recorded]) for name in names}
        return history, np.array(snapshots[: len(recorded) + 1])


def made(model, n_samples, rng):
    """Rows from new noise, shape (n_samples, d)."""
    z = rng.standard_normal((n_samples, model.z_dim)).astype(model.dtype)
    return training.in_batches(model.generator, z)
