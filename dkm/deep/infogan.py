"""InfoGAN: samples are generated from a cluster and noise, and must be informative about it."""

import math
from collections.abc import Sequence

import keras
import tensorflow as tf

from dkm._util import checks
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.gan_diagnostics import warn_of_defeat
from dkm.deep._core.latent_code_gan import CodedClusterer, CodedPlayers
from dkm.deep._core.pretraining import Network
from dkm.deep._core.shared_docs import with_shared_docs
from dkm.deep.gan import Standard


class WithoutNoise(keras.layers.Layer):
    """Puts zeros for the noise before the cluster."""

    def __init__(self, noise_dim, **options):
        super().__init__(**options)
        self.noise_dim = noise_dim

    def call(self, clusters):
        """Inputs of the generator, shape (B, noise_dim + n_clusters)."""
        return tf.pad(clusters, [[0, 0], [self.noise_dim, 0]])

    def compute_output_shape(self, input_shape):
        """The input's, with the columns of the noise added."""
        return input_shape[0], input_shape[1] + self.noise_dim


class InfoGANModel(CodedPlayers):
    r"""Generator, discriminator, and the reader :math:`Q` that recovers the cluster of a sample.

    .. math:: L_{GQ} = -\overline{\log\sigma(D(G(z, c)))} - \lambda L_I, \qquad
        L_I = \overline{\log Q(c | G(z, c))} + \log K

    All are means over the batch.
    """

    def __init__(self, information_weight, **architecture):
        game = {"game": Standard, "sigma": 1.0, "n_critic": 1, "penalty_weight": 0.0}
        super().__init__(**game, **architecture)
        self.information_weight = information_weight
        codes = keras.Input((self.n_clusters,), dtype=self.dtype)
        pad = WithoutNoise(self.noise_dim, dtype=self.dtype, name="without_noise")
        self.decoder = keras.Model(codes, self.generator(pad(codes)), name="decoder")
        self.recorded += [self.mean("information")]

    def terms(self, z, outputs):
        """The bound :math:`L_I` on the information of a sample about its cluster."""
        clusters = z[:, self.noise_dim :]
        cross_entropies = tf.nn.softmax_cross_entropy_with_logits(clusters, self.logits(outputs))
        return {"information": math.log(self.n_clusters) - tf.reduce_mean(cross_entropies)}

    def extra_loss(self, z, fake):
        """What generator and reader minimise besides the loss of the game: a scalar."""
        return -self.information_weight * self.terms(z, self.reader(fake))["information"]

    def get_config(self):
        """Constructor arguments, for serialization."""
        config = super().get_config()
        del config["n_critic"], config["penalty_weight"]
        return {"information_weight": self.information_weight, **config}


@with_shared_docs
class InfoGAN(CodedClusterer):
    r"""InfoGAN: a generator is given a cluster, which must be recoverable from its samples.

    Samples are generated from noise :math:`z \sim N(0, I)` and a cluster c, each of the K with the
    same probability. Besides playing the game of the standard `GAN`, generator :math:`G` and reader
    :math:`Q` maximise a lower bound on the mutual information of cluster and sample [1]_,

    .. math::
        L_I = \overline{\log Q(c | G(z, c))} + H(c) \le I(c; G(z, c)) \le H(c) = \log K

    (means over the batch, in nats): :math:`L_{GQ} = -\overline{\log \sigma(D(G(z, c)))} - \lambda
    L_I`. Q learns from generated samples only; then it assigns clusters to real ones. Introduced in
    notebook 10.

    Parameters
    ----------
    n_clusters : int, default=8
    noise_dim : int, default=62
        Dimensions of the noise.
    information_weight : float, default=1.0
        The :math:`\lambda` above.
    hidden : tuple of int, default=(128, 128)
        Units of the layers of discriminator and reader; the generator mirrors them.
    %(gan_network)s
    epochs : int, default=200
        Passes over X; each batch is an update of each player. Count updates: some thousands are
        needed. For a few thousand rows that takes 200 epochs; for 70 000 rows, 10.
    %(gan_batch_size)s
    %(gan_learning_rate)s
    betas : (float, float), default=(0.5, 0.999)
        Decay rates of Adam's two moments, for both optimizers.
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, n_clusters), dtype of X
        The codes :math:`e_k`, each certain of one cluster; `decode` shows what they stand for.
    labels_ : ndarray of int32, shape (n,)
        The cluster that is most probable according to Q.
    model_ : keras.Model
        With ``model_.encoder`` (Q), ``model_.generator``, ``model_.critic`` (D), and
        ``model_.decoder``: the generator with noise 0.
    history_ : dict of ndarray, shape (epochs,)
        Means over the batches of each epoch: "critic_loss" (:math:`L_D`), "generator_loss" (the
        first term of :math:`L_{GQ}`), "accuracy", the share of rows that D classifies correctly,
        "information" (:math:`L_I`, at most :math:`\log K`; 0 if Q says the same of every cluster,
        less if it is wrong), "code_accuracy", the share of samples whose cluster Q recovers, and
        "clusters", the number of clusters that real rows were assigned to.
    %(features)s

    Notes
    -----
    `transform` gives the probabilities Q(c | x). `decode` generates samples from them with noise 0,
    the middle of the cluster; `sample` draws the noise.

    The losses of the game do not show which of several fits to keep. "information" near
    :math:`\log K` with all "clusters" in use says that clusters are kept apart, but neither that
    samples are like real rows, nor that clusters are the classes that you have in mind. The
    authors chose the pictures of their paper from several runs.

    Differences from their code: Q is a network of its own, where theirs shares layers with the
    discriminator; so no step of one player changes another, and the information is not part of D's
    loss. There are no continuous codes, the noise is normal, one learning rate serves both sides
    (theirs: 0.0002 for D and 0.001 for G), and there is no batch normalisation.

    References
    ----------
    .. [1] X. Chen, Y. Duan, R. Houthooft, J. Schulman, I. Sutskever and P. Abbeel, "InfoGAN:
       interpretable representation learning by information maximizing generative adversarial
       nets", NIPS 2016.

    Examples
    --------
    >>> from dkm import InfoGAN, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = InfoGAN(10, epochs=10, random_state=0)  # few epochs, to be quick; fit warns
    >>> clusterer = clusterer.fit(digits.X)
    >>> clusterer.sample(3, cluster=7, random_state=0).shape
    (3, 64)
    """

    model_class = InfoGANModel

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        noise_dim: int = 62,
        information_weight: float = 1.0,
        hidden: Sequence[int] = (128, 128),
        network: Network = None,
        epochs: int = 200,
        batch_size: int = 64,
        learning_rate: float = 0.0005,
        betas: tuple[float, float] = (0.5, 0.999),
        random_state: checks.RandomState = None,
        verbose: int = 0,
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
        check_representable("information_weight", self.information_weight, X.dtype)
        return {"information_weight": float(self.information_weight)}

    def _train(self, model, X, rngs, callback):
        centers, history = super()._train(model, X, rngs, callback)
        if not model.diverged:
            warn_of_defeat(history, "")
        return centers, history

    def _warn_of_collapse(self, X, Z):
        if self.n_clusters > 1:  # with one cluster, equal codes are correct
            super()._warn_of_collapse(X, Z)

    def _maker(self):
        return self.model_.generator
