"""ClusterGAN: rows are made from a cluster and noise, and an encoder finds both again."""

import tensorflow as tf

from dkm._util import checks
from dkm.deep.coded import CodedClusterer, CodedPlayers
from dkm.deep.joint import check_reach


class ClusterGANModel(CodedPlayers):
    r"""Generator, critic and encoder; the reader is the encoder before its softmax.

    .. math::
        L_{GE} = -\overline{D(G(z))} + \beta_n \overline{(z_n - \hat z_n)^2}
        + \beta_c \overline{H(z_c, \hat z_c)}

    The second mean is over the batch and the dimensions of the noise, the others over the batch.
    """

    _read_noise = True

    def __init__(self, beta_n, beta_c, **form):
        super().__init__(game="wgan-gp", **form)
        self.beta_n, self.beta_c = beta_n, beta_c
        self.recorded += [self.mean("code_loss"), self.mean("noise_loss")]

    @property
    def decoder(self):
        """The generator: codes are what rows are made from."""
        return self.generator

    def terms(self, z, outputs):
        """The losses of the code and of the noise."""
        error = z[:, : self.noise_dim] - outputs[:, : self.noise_dim]
        return {
            "code_loss": self.code_loss(z, outputs),
            "noise_loss": tf.reduce_mean(tf.square(error)),
        }

    def extra_loss(self, z, fake):
        """What generator and encoder lower besides the loss of the game: a scalar."""
        terms = self.terms(z, self.reader(fake))
        return self.beta_n * terms["noise_loss"] + self.beta_c * terms["code_loss"]

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        own = {"beta_n": self.beta_n, "beta_c": self.beta_c, "sigma": self.sigma}
        return own | super().get_config()


class ClusterGAN(CodedClusterer):
    r"""ClusterGAN: a generator makes rows from a cluster and noise, an encoder finds both again.

    Rows are made from :math:`z = (z_n, z_c)`, with noise :math:`z_n \sim N(0, \sigma^2 I)` and a
    cluster :math:`z_c = e_k` drawn with equal probability. Generator :math:`G` and encoder
    :math:`E`, with :math:`E(G(z)) = (\hat z_n, \hat z_c)`, play against the critic :math:`D` [1]_:

    .. math::
        L_{GE} &= -\overline{D(G(z))} + \beta_n \overline{(z_n - \hat z_n)^2}
        + \beta_c \overline{H(z_c, \hat z_c)} \\
        L_D &= \overline{D(G(z))} - \overline{D(x)}
        + \lambda \overline{(\lVert \nabla D(\hat x) \rVert - 1)^2}

    with the cross-entropy :math:`H` and the penalty of WGAN-GP, see `GAN`. Means are over the
    batch, that of the noise also over its dimensions. E learns from made rows alone; then it tells
    the clusters of real ones. Introduced in notebook 10.

    Parameters
    ----------
    n_clusters : int, default=8
    noise_dim : int, default=30
        Dimensions of the noise :math:`z_n`.
    sigma : float, default=0.1
        Its standard deviation: small beside the distance :math:`\sqrt 2` between two clusters.
    beta_n, beta_c : float, default=10.0
        Weights of the error of the noise and of the cluster.
    n_critic : int, default=5
        Batches, each a move of the critic, for one move of generator and encoder.
    penalty_weight : float, default=10.0
        The :math:`\lambda` above.
    hidden : tuple of int, default=(128, 128)
        Units of the layers of critic and encoder; the generator has them in mirror image.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of all three: G is the decoder of this description, D and E are its encoders, with
        leaky ReLU. "dense", as if none were given, has the layers `hidden`; "conv" is for rows that
        are square images.
    epochs : int, default=300
        Passes over X. Count moves: the generator has n / (`batch_size` `n_critic`) of them in an
        epoch, and needs some thousands. 300 epochs are 1700 for 1797 rows; for 70 000 rows 10
        epochs are more.
    batch_size : int, default=64
        Rows of a batch; all of X if it has fewer.
    learning_rate : float, default=0.0005
        Of the Adam that each side has.
    betas : (float, float), default=(0.5, 0.9)
        Of both: how much of its running means stays at each step.
    random_state : int, Generator, RandomState or None, default=None
        Source of all random draws. The same integer gives the same labels; no generator of Keras,
        TensorFlow or NumPy that others use is touched.
    verbose : int, default=0
        With 1, a progress bar.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, noise_dim + n_clusters), dtype of X
        The codes :math:`(0, e_k)`; `decode` shows what they look like.
    labels_ : ndarray of int32, shape (n,)
        The largest of :math:`\hat z_c` for each row: no K-Means is used.
    model_ : keras.Model
        With ``model_.encoder``, ``model_.decoder`` (which is ``model_.generator``) and
        ``model_.critic``.
    history_ : dict of ndarray, shape (epochs,)
        Means over the batches of each epoch: "critic_loss" (:math:`L_D`), "generator_loss" (the
        first term of :math:`L_{GE}`), "penalty" (without :math:`\lambda`), "distance",
        :math:`\overline{D(x)} - \overline{D(G(z))}`, the critic's estimate of how far made rows are
        from real ones, "code_loss" and "noise_loss" (without their weights), "code_accuracy", the
        share of made rows whose cluster E finds, and "clusters", the number of clusters that real
        rows fell into.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    `transform` gives E(x), with the softmax of :math:`\hat z_c`: the noise first, then the
    probabilities. `decode` is G.

    Which of several fits to keep can be told without labels only in part: one whose
    "code_accuracy" is near 1 (G keeps clusters apart, and E knows them), with all "clusters" in use
    and the least "distance" at the end (made rows are most like real ones). None of these sees
    whether the clusters are the classes that somebody has in mind.

    What differs from the authors' code: they cluster :math:`(\hat z_n, \hat z_c)` of real rows by
    K-Means, and their recipe is to keep the best of five models by the purity of its clusters on
    labelled validation data; here neither is done. They draw a single :math:`\epsilon` for the
    penalty of a whole batch. Published: 500 000 moves of the generator, a learning rate of 0.0001,
    batch normalisation in the generator, `noise_dim` 30 for MNIST, 40 for Fashion-MNIST with
    `beta_n` 0, 5 for pendigits. With the defaults here the learning rate is five times as high, for
    a few thousandths of the moves.

    All clusters are taken to be equally large; what is not will be cut or merged.

    References
    ----------
    .. [1] S. Mukherjee, H. Asnani, E. Lin and S. Kannan, "ClusterGAN: latent space clustering in
       generative adversarial networks", AAAI 2019.

    Examples
    --------
    >>> from dkm import ClusterGAN, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = ClusterGAN(10, epochs=10, random_state=0)  # so few, to be quick; it warns
    >>> clusterer = clusterer.fit(digits.X)
    >>> clusterer.sample(3, cluster=7, random_state=0).shape
    (3, 64)
    """

    model_class = ClusterGANModel

    def __init__(
        self,
        n_clusters=8,
        *,
        noise_dim=30,
        sigma=0.1,
        beta_n=10.0,
        beta_c=10.0,
        n_critic=5,
        penalty_weight=10.0,
        hidden=(128, 128),
        network=None,
        epochs=300,
        batch_size=64,
        learning_rate=0.0005,
        betas=(0.5, 0.9),
        random_state=None,
        verbose=0,
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
            check_reach(name, getattr(self, name), X.dtype)
            weights[name] = float(getattr(self, name))
        return weights | {"n_critic": int(self.n_critic)}
