"""InfoGAN: rows are made from a cluster and noise, and must tell something of the cluster."""

import math

import keras
import tensorflow as tf

from dkm._util import checks
from dkm.deep.coded import CodedClusterer, CodedPlayers
from dkm.deep.joint import check_reach
from dkm.deep.modes import warn_of_defeat


class WithoutNoise(keras.layers.Layer):
    """Zeros in place of the noise, before the cluster."""

    def __init__(self, noise_dim, **options):
        super().__init__(**options)
        self.noise_dim = noise_dim

    def call(self, clusters):
        """What the generator is given, shape (B, noise_dim + n_clusters)."""
        return tf.pad(clusters, [[0, 0], [self.noise_dim, 0]])

    def compute_output_shape(self, input_shape):
        """As many more columns as the noise has."""
        return input_shape[0], input_shape[1] + self.noise_dim


class InfoGANModel(CodedPlayers):
    r"""Generator, discriminator and the reader :math:`Q` that finds the cluster of made rows.

    .. math:: L_{GQ} = -\overline{\log\sigma(D(G(z, c)))} - \lambda L_I, \qquad
        L_I = \overline{\log Q(c | G(z, c))} + \log K

    All are means over the batch.
    """

    def __init__(self, information_weight, **form):
        super().__init__(game="standard", sigma=1.0, n_critic=1, penalty_weight=0.0, **form)
        self.information_weight = information_weight
        codes = keras.Input((self.n_clusters,), dtype=self.dtype)
        pad = WithoutNoise(self.noise_dim, dtype=self.dtype, name="without_noise")
        self.decoder = keras.Model(codes, self.generator(pad(codes)), name="decoder")
        self.recorded += [self.mean("information")]

    def terms(self, z, outputs):
        """The bound :math:`L_I` of what a row tells of its cluster."""
        return {"information": math.log(self.n_clusters) - self.code_loss(z, outputs)}

    def extra_loss(self, z, fake):
        """What generator and reader lower besides the loss of the game: a scalar."""
        return -self.information_weight * self.terms(z, self.reader(fake))["information"]

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        config = super().get_config()
        del config["n_critic"], config["penalty_weight"]
        return {"information_weight": self.information_weight, **config}


class InfoGAN(CodedClusterer):
    r"""InfoGAN: a generator is told a cluster, and what it makes must tell the cluster again.

    Rows are made from noise :math:`z \sim N(0, I)` and a cluster c, each of the K with the same
    probability. Beside the game of the standard `GAN`, generator :math:`G` and reader :math:`Q`
    raise a lower bound of the mutual information of the cluster and the row [1]_,

    .. math::
        L_I = \overline{\log Q(c | G(z, c))} + H(c) \le I(c; G(z, c)) \le H(c) = \log K

    (means over the batch, in nats): :math:`L_{GQ} = -\overline{\log \sigma(D(G(z, c)))} - \lambda
    L_I`. Q learns from made rows alone; then it tells the clusters of real ones. Introduced in
    notebook 10.

    Parameters
    ----------
    n_clusters : int, default=8
    noise_dim : int, default=62
        Dimensions of the noise.
    information_weight : float, default=1.0
        The :math:`\lambda` above.
    hidden : tuple of int, default=(128, 128)
        Units of the layers of discriminator and reader; the generator has them in mirror image.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of all three: G is the decoder of this description, D and Q are its encoders, with
        leaky ReLU. "dense", as if none were given, has the layers `hidden`; "conv" is for rows that
        are square images.
    epochs : int, default=200
        Passes over X; each batch is a move of each player. Count moves: some thousands are needed.
        200 epochs are that for some thousand rows; for 70 000, 10 are.
    batch_size : int, default=64
        Rows of a batch; all of X if it has fewer.
    learning_rate : float, default=0.0005
        Of the Adam that each side has.
    betas : (float, float), default=(0.5, 0.999)
        Of both: how much of its running means stays at each step.
    random_state : int, Generator, RandomState or None, default=None
        Source of all random draws. The same integer gives the same labels; no generator of Keras,
        TensorFlow or NumPy that others use is touched.
    verbose : int, default=0
        With 1, a progress bar.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, n_clusters), dtype of X
        The codes :math:`e_k`, each sure of one cluster; `decode` shows what they look like.
    labels_ : ndarray of int32, shape (n,)
        The cluster that Q finds most probable.
    model_ : keras.Model
        With ``model_.encoder`` (Q), ``model_.generator``, ``model_.critic`` (D), and
        ``model_.decoder``: the generator with noise 0.
    history_ : dict of ndarray, shape (epochs,)
        Means over the batches of each epoch: "critic_loss" (:math:`L_D`), "generator_loss" (the
        first term of :math:`L_{GQ}`), "accuracy", the share of rows that D takes for what they are,
        "information" (:math:`L_I`, at most :math:`\log K`; 0 if Q says the same of every cluster,
        and less while what it says is wrong), "code_accuracy", the share of made rows whose cluster
        Q finds, and "clusters", the number of clusters that real rows fell into.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    `transform` gives the probabilities Q(c | x). `decode` makes rows from them with noise 0, the
    middle of the cluster; `sample` draws the noise.

    Which of several fits to keep cannot be told by the losses of the game. "information" near
    :math:`\log K` with all "clusters" in use says that the clusters are kept apart; it does not see
    whether made rows are like real ones, nor whether clusters are the classes that somebody has in
    mind. The authors chose the pictures of their paper from several runs.

    What differs from their code: Q is a network of its own, where theirs shares the layers of the
    discriminator; so no step of one player moves another, and the information is no part of D's
    loss. There are no continuous codes, the noise is normal, one learning rate serves both sides
    (theirs are 0.0002 for D and 0.001 for G), and no layer normalises its batch.

    References
    ----------
    .. [1] X. Chen, Y. Duan, R. Houthooft, J. Schulman, I. Sutskever and P. Abbeel, "InfoGAN:
       interpretable representation learning by information maximizing generative adversarial
       nets", NIPS 2016.

    Examples
    --------
    >>> from dkm import InfoGAN, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = InfoGAN(10, epochs=10, random_state=0)  # so few, to be quick; it warns
    >>> clusterer = clusterer.fit(digits.X)
    >>> clusterer.sample(3, cluster=7, random_state=0).shape
    (3, 64)
    """

    model_class = InfoGANModel

    def __init__(
        self,
        n_clusters=8,
        *,
        noise_dim=62,
        information_weight=1.0,
        hidden=(128, 128),
        network=None,
        epochs=200,
        batch_size=64,
        learning_rate=0.0005,
        betas=(0.5, 0.999),
        random_state=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.noise_dim = noise_dim
        self.information_weight = information_weight
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
        checks.check_real("information_weight", self.information_weight, at_least=0)

    def _settings(self, X):
        check_reach("information_weight", self.information_weight, X.dtype)
        return {"information_weight": float(self.information_weight)}

    def _train(self, model, X, rngs):
        centers, history = super()._train(model, X, rngs)
        if not model.diverged:
            warn_of_defeat(history, "")
        return centers, history

    def _warn_of_collapse(self, X, Z):
        if self.n_clusters > 1:  # of a single cluster all are sure, and that is right
            super()._warn_of_collapse(X, Z)

    def _maker(self):
        return self.model_.generator
