"""ClusterGAN: samples are generated from a cluster and noise; an encoder recovers both."""

from collections.abc import Sequence

import tensorflow as tf

from dkm._util import checks
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.latent_code_gan import CodedClusterer, CodedPlayers
from dkm.deep._core.pretraining import Network
from dkm.deep._core.shared_docs import with_shared_docs
from dkm.deep.gan import Wasserstein


class ClusterGANModel(CodedPlayers):
    r"""Generator, critic and encoder; the reader is the encoder before its softmax.

    .. math::
        L_{GE} = -\overline{D(G(z))} + \beta_n \overline{(z_n - \hat z_n)^2}
        + \beta_c \overline{H(z_c, \hat z_c)}

    The second mean is over the batch and the dimensions of the noise; the others, over the batch.
    """

    _read_noise = True

    def __init__(self, beta_n, beta_c, **architecture):
        super().__init__(game=Wasserstein, **architecture)
        self.beta_n, self.beta_c = beta_n, beta_c
        self.recorded += [self.mean("code_loss"), self.mean("noise_loss")]

    @property
    def decoder(self):
        """The generator: codes are what it generates samples from."""
        return self.generator

    def terms(self, z, outputs):
        """The errors of the code and of the noise that the encoder recovers."""
        noise, clusters = z[:, : self.noise_dim], z[:, self.noise_dim :]
        cross_entropies = tf.nn.softmax_cross_entropy_with_logits(clusters, self.logits(outputs))
        return {
            "code_loss": tf.reduce_mean(cross_entropies),
            "noise_loss": tf.reduce_mean(tf.square(noise - outputs[:, : self.noise_dim])),
        }

    def extra_loss(self, z, fake):
        """What generator and encoder minimise besides the loss of the game: a scalar."""
        terms = self.terms(z, self.reader(fake))
        return self.beta_n * terms["noise_loss"] + self.beta_c * terms["code_loss"]

    def get_config(self):
        """Constructor arguments, for serialization."""
        own = {"beta_n": self.beta_n, "beta_c": self.beta_c, "sigma": self.sigma}
        return own | super().get_config()


@with_shared_docs
class ClusterGAN(CodedClusterer):
    r"""ClusterGAN: a generator makes samples of a cluster and noise; an encoder recovers both.

    Samples are generated from :math:`z = (z_n, z_c)`: noise :math:`z_n \sim N(0, \sigma^2 I)` and
    a cluster :math:`z_c = e_k`, drawn with equal probability. Generator :math:`G` and encoder
    :math:`E`, with :math:`E(G(z)) = (\hat z_n, \hat z_c)`, play against the critic :math:`D` [1]_:

    .. math::
        L_{GE} &= -\overline{D(G(z))} + \beta_n \overline{(z_n - \hat z_n)^2}
        + \beta_c \overline{H(z_c, \hat z_c)} \\
        L_D &= \overline{D(G(z))} - \overline{D(x)}
        + \lambda \overline{(\lVert \nabla D(\hat x) \rVert - 1)^2}

    with the cross-entropy :math:`H` and the penalty of WGAN-GP, see `GAN`. Means are over the
    batch, that of the noise also over its dimensions. E learns from generated samples only; then it
    assigns clusters to real ones. Introduced in notebook 10.

    Parameters
    ----------
    n_clusters : int, default=8
    noise_dim : int, default=30
        Dimensions of the noise :math:`z_n`.
    sigma : float, default=0.1
        Its standard deviation: small compared with the distance :math:`\sqrt 2` between clusters.
    beta_n, beta_c : float, default=10.0
        Weights of the errors of the noise and of the cluster.
    n_critic : int, default=5
        Updates of the critic, one per batch, for each update of generator and encoder.
    penalty_weight : float, default=10.0
        The :math:`\lambda` above.
    hidden : tuple of int, default=(128, 128)
        Units of the layers of critic and encoder; the generator mirrors them.
    %(gan_network)s
    epochs : int, default=300
        Passes over X. Count updates: the generator has n / (`batch_size` `n_critic`) of them per
        epoch, and needs some thousands. 300 epochs are 1700 for 1797 rows; for 70 000 rows, 10
        epochs are more than that.
    %(gan_batch_size)s
    %(gan_learning_rate)s
    %(betas)s
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, noise_dim + n_clusters), dtype of X
        The codes :math:`(0, e_k)`; `decode` shows what they stand for.
    labels_ : ndarray of int32, shape (n,)
        The largest of :math:`\hat z_c` for each row; K-Means is not used.
    model_ : keras.Model
        With ``model_.encoder``, ``model_.decoder`` (which is ``model_.generator``) and
        ``model_.critic``.
    history_ : dict of ndarray, shape (epochs,)
        Means over the batches of each epoch: "critic_loss" (:math:`L_D`), "generator_loss" (the
        first term of :math:`L_{GE}`), "penalty" (without :math:`\lambda`), "distance",
        :math:`\overline{D(x)} - \overline{D(G(z))}`, the critic's estimate of how far generated
        samples are from real ones, "code_loss" and "noise_loss" (without their weights),
        "code_accuracy", the share of generated samples whose cluster E recovers, and "clusters",
        the number of clusters that real rows were assigned to.
    %(features)s

    Notes
    -----
    `transform` gives E(x), with the softmax of :math:`\hat z_c`: the noise first, then the
    probabilities. `decode` is G.

    Without labels, only some hints say which of several fits to keep: a "code_accuracy" near 1 (G
    keeps clusters apart, and E recovers them), all "clusters" in use, and the least "distance" at
    the end (samples are most like X). None of these shows whether the clusters are the classes
    that you have in mind.

    Differences from the authors' code: they cluster :math:`(\hat z_n, \hat z_c)` of real rows by
    K-Means, and keep the best of five models by the purity of its clusters on labelled validation
    data; neither is done here. They draw a single :math:`\epsilon` for the penalty of a whole
    batch. Published: 500 000 updates of the generator, a learning rate of 0.0001, batch
    normalisation in the generator, `noise_dim` 30 for MNIST, 40 for Fashion-MNIST with `beta_n` 0,
    5 for pendigits. The defaults here have a learning rate five times as high, for a few
    thousandths of the updates.

    All clusters are assumed to be of equal size; clusters that are not get split or merged.

    References
    ----------
    .. [1] S. Mukherjee, H. Asnani, E. Lin and S. Kannan, "ClusterGAN: latent space clustering in
       generative adversarial networks", AAAI 2019.

    Examples
    --------
    >>> from dkm import ClusterGAN, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = ClusterGAN(10, epochs=10, random_state=0)  # few epochs, to be quick; fit warns
    >>> clusterer = clusterer.fit(digits.X)
    >>> clusterer.sample(3, cluster=7, random_state=0).shape
    (3, 64)
    """

    model_class = ClusterGANModel

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        noise_dim: int = 30,
        sigma: float = 0.1,
        beta_n: float = 10.0,
        beta_c: float = 10.0,
        n_critic: int = 5,
        penalty_weight: float = 10.0,
        hidden: Sequence[int] = (128, 128),
        network: Network = None,
        epochs: int = 300,
        batch_size: int = 64,
        learning_rate: float = 0.0005,
        betas: tuple[float, float] = (0.5, 0.9),
        random_state: checks.RandomState = None,
        verbose: int = 0,
    ):
        self.n_clusters = n_clusters
        self.noise_dim = noise_dim
        self.sigma = sigma
        self.beta_n = beta_n
        self.beta_c = beta_c
        self.n_critic = n_critic
        self.penalty_weight = penalty_weight
        self.hidden = hidden
        self.network = network
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.betas = betas
        self.random_state = random_state
        self.verbose = verbose

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_integer("n_critic", self.n_critic, at_least=1)
        for name in ("sigma", "beta_n", "beta_c", "penalty_weight"):
            checks.check_real(name, getattr(self, name), at_least=0)

    def _settings(self, X):
        weights = {}
        for name in ("sigma", "beta_n", "beta_c", "penalty_weight"):
            check_representable(name, getattr(self, name), X.dtype)
            weights[name] = float(getattr(self, name))
        return weights | {"n_critic": int(self.n_critic)}
