"""Deep K-Means: the network and the centres are trained together."""

import math
from collections.abc import Sequence
from typing import Any, Self

import tensorflow as tf
from keras.metrics import Mean

from dkm._util import checks
from dkm.deep._core.base import encode
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.keras_models import JointModel, squared_distances
from dkm.deep._core.pretraining import Network, TrainedAutoencoder, kmeans_centers
from dkm.deep._core.settling import SettlingClusterer, explained_variance
from dkm.deep._core.shared_docs import with_shared_docs


def soft_assignment(D, alpha):
    r""":math:`S_{ik} = e^{-\alpha D_{ik}} / \sum_j e^{-\alpha D_{ij}}`, shape (B, k)."""
    # Subtracting the least distance changes nothing, but keeps the terms of a distant row above 0.
    least = tf.stop_gradient(tf.reduce_min(D, axis=1, keepdims=True))
    return tf.nn.softmax(-alpha * (D - least))


def clustering_error(D, alpha):
    r""":math:`\frac1B \sum_i \sum_k D_{ik} S_{ik}`, a scalar. Gradients flow through S as well."""
    return tf.reduce_mean(tf.reduce_sum(D * soft_assignment(D, alpha), axis=1))


def total_variance(codes):
    r""":math:`v = \frac1B \sum_i \lVert h(x_i) - \bar h \rVert^2`, a scalar."""
    return tf.reduce_sum(tf.math.reduce_variance(codes, axis=0))


class DKMModel(JointModel):
    r"""The autoencoder with centres :math:`r_k` among its codes, and the loss of a batch of B rows.

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \lambda \sum_k D_{ik} S_{ik} \Big), \quad
        D_{ik} = \frac{\lVert h(x_i) - r_k \rVert^2}{v}, \quad
        S_{ik} = \frac{e^{-\alpha D_{ik}}}{\sum_j e^{-\alpha D_{ij}}}

    Sums over features and over centres, means over the batch; v is the `total_variance` of its
    codes, or 1 if not `relative`. :math:`\lambda` is 0 until `start_clustering`, so the same
    compiled step first trains the autoencoder alone.

    Parameters
    ----------
    n_clusters : int
    n_alphas : int
        Number of values that alpha takes in turn.
    relative : bool
        Whether distances are divided by v.
    **architecture
        As for `AutoencoderModel`.
    """

    def __init__(self, n_clusters, n_alphas, relative, **architecture):
        super().__init__(n_clusters, **architecture)
        self.n_alphas, self.relative = n_alphas, relative
        self.alphas = self._constant("alphas", (n_alphas,))
        self.first_step = self._constant("first_step", dtype="int64")
        self.n_steps = self._constant("n_steps", dtype="int64")
        self.mean_alpha = Mean("alpha", self.dtype)
        self.recorded.append(self.mean_alpha)

    def start_clustering(self, centers, cluster_weight, alphas, n_steps):
        """Turn the clustering on: `alphas` share the next `n_steps` steps equally."""
        super().start_clustering(centers, cluster_weight)
        self.alphas.assign(alphas)
        self.first_step.assign(self.optimizer.iterations)
        self.n_steps.assign(n_steps)

    def alpha(self):
        """The value of alpha at this step."""
        done = tf.cast(self.optimizer.iterations, tf.int64) - self.first_step
        share = done * self.n_alphas // tf.maximum(self.n_steps, 1)
        return self.alphas[tf.clip_by_value(share, 0, self.n_alphas - 1)]

    def cluster_loss(self, codes, rows):
        """The second part of the loss above."""
        alpha = self.alpha()
        self.mean_alpha.update_state(alpha, sample_weight=tf.shape(codes)[0])
        D = squared_distances(codes, self.centers)
        if self.relative:
            D = tf.math.divide_no_nan(D, total_variance(codes))
        return clustering_error(D, alpha)

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {"n_alphas": self.n_alphas, "relative": self.relative, **super().get_config()}


@with_shared_docs
class DeepKMeans(SettlingClusterer):
    r"""Deep K-Means: an autoencoder and K-Means on its code, trained together.

    Encoder :math:`h`, decoder :math:`g` and centres :math:`r_k` minimise

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \lambda \sum_k D_{ik} S_{ik} \Big), \quad
        D_{ik} = \frac{\lVert h(x_i) - r_k \rVert^2}{v}, \quad
        S_{ik} = \frac{e^{-\alpha D_{ik}}}{\sum_j e^{-\alpha D_{ij}}}

    over batches of B rows (sums over features, mean over the batch), where v is the total variance
    of the batch's codes. For large :math:`\alpha` the second part is the share of that variance
    that K-Means leaves within its clusters. Introduced in notebook 05.

    As published [1]_, distances are not divided: v is 1. Such a loss falls when all codes shrink,
    which takes a few steps; the centres stay behind, and rows fall to the innermost of them. See
    `published`.

    Parameters
    ----------
    n_clusters : int, default=8
    cluster_weight : float, default=0.05
        How much reconstruction the clusters may cost, as a share of the variance that the
        autoencoder explains when the clustering starts: :math:`\lambda` is this share times that
        variance. If not `relative`, it is :math:`\lambda` itself.
    alpha : float or sequence of float, default=1000
        The :math:`\alpha` above, in units of 1 / v, or of 1 / squared distance between codes if not
        `relative`. The default is all but hard assignment. A sequence is gone through in order; its
        values share the optimizer steps of all `epochs` equally, at least one each. See
        `annealing`.
    relative : bool, default=True
        Whether v is the variance of the codes, and `cluster_weight` a share. Then no result depends
        on the units of X, if the autoencoder does not.
    tol : float, default=0.01
        Training ends when a smaller share of the rows changed cluster within 140 steps, or no
        smaller one than in the 140 steps before: then labels no longer settle, but drift. With 0 it
        lasts for all `epochs`.
    latent_dim : int or None, default=None
        Dimensions of the code. None: as many as clusters, as in the paper.
    %(hidden)s
    %(network)s
    %(autoencoder)s
    pretrain_epochs : int, default=50
        Epochs of the autoencoder alone. The centres then start from K-Means on the code. With 0,
        and no `autoencoder`, they start uniform on [-1, 1]. Count steps, not epochs: an epoch has
        n / `batch_size` of them, and at the usual learning rate some hundreds are needed.
    epochs : int, default=100
        Maximum number of epochs of the joint loss. Here, too, steps are what counts.
    %(batch_size)s
    %(learning_rate)s
    %(sampler)s
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        The :math:`r_k`; `decode` shows what they stand for.
    labels_ : ndarray of int32, shape (n,)
        The nearest of them to the code of each row.
    converged_ : bool
        Whether labels settled before the last epoch.
    %(model_)s
    %(autoencoder_)s
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. One value
        for each epoch after that, the last of which may be partial: "loss", the total;
        "autoencoder_loss" and "cluster_loss" (without :math:`\lambda`); "alpha" (its mean over the
        steps of the epoch); and "clusters", the number of centres that were nearest to at least one
        row. One value for each look at the labels but the first: "changed", the share of rows that
        changed cluster since the last look.
    %(features)s

    Notes
    -----
    With the same `random_state`, `AutoencoderKMeans` trains the same autoencoder, bit for bit, and
    passing it in gives the same result as training it here (except for the noise of
    `dkm.networks.Denoising`, which starts afresh).

    References
    ----------
    .. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with
       k-Means and learning representations", Pattern Recognition Letters 138, 2020.

    Examples
    --------
    >>> from dkm import DeepKMeans, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = DeepKMeans(10, hidden=(64,), pretrain_epochs=30, random_state=0)
    >>> clusterer.fit(digits.X).decode(clusterer.cluster_centers_).shape
    (10, 64)
    """

    model_class = DKMModel
    _ends_drift = True
    _recorded = (*SettlingClusterer._recorded, "alpha")
    _cure = (
        "lower cluster_weight, train the autoencoder first (pretrain_epochs), or raise alpha from "
        "a small value (annealing) in many steps."
    )

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        cluster_weight: float = 0.05,
        alpha: float | Sequence[float] = 1000,
        relative: bool = True,
        tol: float = 0.01,
        latent_dim: int | None = None,
        hidden: Sequence[int] = (500, 500, 2000),
        network: Network = None,
        autoencoder: TrainedAutoencoder | None = None,
        pretrain_epochs: int = 50,
        epochs: int = 100,
        batch_size: int = 256,
        learning_rate: float = 0.001,
        sampler: str = "permutation",
        random_state: checks.RandomState = None,
        verbose: int = 0,
    ):
        self.n_clusters = n_clusters
        self.cluster_weight = cluster_weight
        self.alpha = alpha
        self.relative = relative
        self.tol = tol
        self.latent_dim = latent_dim
        self.hidden = hidden
        self.network = network
        self.autoencoder = autoencoder
        self.pretrain_epochs = pretrain_epochs
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.sampler = sampler
        self.random_state = random_state
        self.verbose = verbose

    @classmethod
    def published(cls, n_clusters: int = 8, **parameters: Any) -> Self:
        r"""The method as its paper has it: no division by v, :math:`\lambda = 1`, all epochs.

        It is unsafe: on the 10 000 test images of MNIST it ends 4 to 19 points of accuracy below
        its own start (notebook 05). The paper's two forms: pretrained (DKM\ :sup:`p`) is
        ``DeepKMeans.published(k)``; annealed (DKM\ :sup:`a`) is ``DeepKMeans.published(k,
        alpha=annealing(), pretrain_epochs=0, epochs=200)``.

        Parameters
        ----------
        n_clusters : int, default=8
        **parameters
            Other parameters, as for the class.

        Returns
        -------
        DeepKMeans
        """
        settings = {"relative": False, "cluster_weight": 1.0, "tol": 0}
        return cls(n_clusters, **(settings | parameters))

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_real("cluster_weight", self.cluster_weight, at_least=0)
        checks.check_bool("relative", self.relative)
        alphas_of(self.alpha)

    def _build(self, X, rng):
        check_representable("cluster_weight", self.cluster_weight, X.dtype)
        alphas = alphas_of(self.alpha)
        check_representable("alpha", max(alphas), X.dtype)
        check_steps(alphas, self._n_steps(X))
        model = DKMModel(
            self.n_clusters, len(alphas), bool(self.relative), rng=rng, **self._architecture(X)
        )
        return self._with_autoencoder(model)

    def _start_clustering(self, model, X, rng):
        unit = explained_variance(model, X) if self.relative else 1.0
        model.start_clustering(
            self._first_centers(model, X, rng),
            self.cluster_weight * unit,
            alphas_of(self.alpha),
            self._n_steps(X),
        )

    def _n_steps(self, X):
        return self.epochs * self._n_batches(X)

    def _first_centers(self, model, X, rng):
        if self.pretrain_epochs or self.autoencoder is not None:
            return kmeans_centers(encode(model, X), self.n_clusters, rng)
        return rng.uniform(-1, 1, (self.n_clusters, model.latent_dim))


def annealing(n_values=40, start=0.1):
    r"""The paper's increasing values of alpha.

    :math:`\alpha_0` is `start`, and :math:`\alpha_i = 2^{1 / \ln^2(1 + i)} \alpha_{i-1}` [1]_: 0.1,
    0.42, 0.75, 1.08, up to 28.1. The paper holds each of 40 values for 1370 optimizer steps: five
    epochs of MNIST.

    Parameters
    ----------
    n_values : int, default=40
    start : float, default=0.1

    Returns
    -------
    tuple of float

    References
    ----------
    .. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with
       k-Means and learning representations", Pattern Recognition Letters 138, 2020, section 3.3.
    """
    checks.check_integer("n_values", n_values, at_least=1)
    checks.check_real("start", start, at_least=0)
    alphas = [float(start)]
    for i in range(1, n_values):
        alphas.append(2 ** (1 / math.log(1 + i) ** 2) * alphas[-1])
    return tuple(alphas)


def alphas_of(alpha):
    """The values of alpha in order, as a tuple; raises unless all are numbers >= 0."""
    flat = getattr(alpha, "ndim", 1) == 1 and not isinstance(alpha, str | dict)
    alphas = tuple(alpha) if flat and hasattr(alpha, "__getitem__") else (alpha,)
    if not alphas:
        raise ValueError("alpha is an empty sequence. Give a number, or a sequence of numbers.")
    for each in alphas:
        try:
            checks.check_real("alpha", each, at_least=0)
        except TypeError as error:
            raise TypeError(
                f"{error} A flat sequence of such numbers, such as dkm.deep.annealing(), works too."
            ) from None
    return tuple(float(each) for each in alphas)


def check_steps(alphas, n_steps):
    """Raise if there are more values of alpha than optimizer steps (unless there are no steps)."""
    if 0 < n_steps < len(alphas):
        raise ValueError(
            f"alpha has {len(alphas)} values, but all epochs together have {n_steps} optimizer "
            "steps, and each value needs at least one. Give more epochs, a smaller batch_size, or "
            "fewer values."
        )
