"""Deep Clustering Network: gradients for the network, running means for the centres."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from dkm._util import checks
from dkm.deep._core.base import encode, nearest
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.keras_models import JointModel, squared_distances
from dkm.deep._core.pretraining import Network, TrainedAutoencoder, kmeans_centers
from dkm.deep._core.settling import SettlingClusterer, explained_variance
from dkm.deep._core.shared_docs import with_shared_docs

COUNT = 100  # codes that each centre counts as the mean of when the clustering starts
ALL = 2**31  # a memory that forgets nothing


def running_means(centers, counts, codes, labels):
    r"""Centres and counts after the codes of a batch were averaged in, one after the other.

    For each code :math:`z` of cluster k, equation 8 of the paper with its step size is

    .. math:: c_k \leftarrow c_k + 1, \quad r_k \leftarrow r_k - \frac{1}{c_k} (r_k - z).

    :math:`c_k r_k` grows by z each time, so after the :math:`n_k` codes of the cluster, in whatever
    order, :math:`r_k` is :math:`(c_k r_k + \sum z) / (c_k + n_k)`.

    Parameters
    ----------
    centers : Tensor, shape (k, p)
    counts : Tensor, shape (k,)
    codes : Tensor, shape (B, p)
    labels : Tensor of int64, shape (B,)

    Returns
    -------
    centers : Tensor, shape (k, p)
    counts : Tensor, shape (k,)
    """
    mine = tf.one_hot(labels, centers.shape[0], dtype=codes.dtype)
    n = tf.reduce_sum(mine, axis=0)
    change = tf.matmul(mine, codes, transpose_a=True) - n[:, None] * centers
    return centers + tf.math.divide_no_nan(change, (counts + n)[:, None]), counts + n


class DCNModel(JointModel):
    r"""The autoencoder with centres :math:`r_k` and the cluster :math:`s_i` of each row.

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \frac{\lambda}{2} \lVert h(x_i) - r_{s_i} \rVert^2 \Big)

    Sums over features, means over the batch of B rows. A step lowers this by gradients of the
    network alone; then `follow` updates clusters and centres with the new codes. Until
    `start_clustering`, :math:`\lambda` is 0 and nothing follows.

    Parameters
    ----------
    n_clusters : int
    memory : int
        The largest count of codes that a centre is the mean of: older ones fade.
    **architecture
        As for `AutoencoderModel`.

    Attributes
    ----------
    assigned : tf.Variable of int64, shape (n,), or None
        The :math:`s_i` of all rows of X, while the model is trained. Otherwise a row belongs to
        the nearest centre.
    """

    learns_centers = False
    assigned = None

    def __init__(self, n_clusters, memory, **architecture):
        super().__init__(n_clusters, **architecture)
        self.memory = memory
        self.counts = self._constant("counts", (n_clusters,))

    def start_clustering(self, centers, cluster_weight, labels, count=COUNT):
        """Turn the clustering on; each centre counts as the mean of `count` codes already."""
        super().start_clustering(centers, cluster_weight)
        self.assigned.assign(labels)
        self.counts.assign([count] * self.n_clusters)

    def cluster_loss(self, codes, rows):
        """Half the squared distance of a code to the centre of its row's cluster: a mean."""
        D = squared_distances(codes, self.centers)
        known = self.assigned is not None and rows is not None
        labels = tf.gather(self.assigned, rows) if known else tf.argmin(D, axis=1)
        return tf.reduce_mean(tf.gather(D, labels, batch_dims=1)) / 2

    def train_step(self, data):
        """A step of the network, then one of the clusters."""
        metrics = super().train_step(data)
        x, rows, _ = keras.utils.unpack_x_y_sample_weight(data)
        tf.cond(self.clustering > 0, lambda: self.follow(self.encoder(x), rows), lambda: None)
        return metrics

    def follow(self, codes, rows):
        """Reassign rows by their codes, shape (B, p); then let the centres follow."""
        labels = tf.argmin(squared_distances(codes, self.centers), axis=1)
        self.assigned.scatter_nd_update(rows[:, None], labels)
        centers, counts = running_means(self.centers, self.counts, codes, labels)
        self.centers.assign(centers)
        self.counts.assign(tf.minimum(counts, tf.cast(self.memory, counts.dtype)))

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {"memory": self.memory, **super().get_config()}


@with_shared_docs
class DCN(SettlingClusterer):
    r"""Deep Clustering Network: an autoencoder trained towards centres that follow its codes.

    With encoder :math:`h`, decoder :math:`g`, centres :math:`r_k` and the cluster :math:`s_i` of
    each row, it lowers

    .. math::
        \frac1n \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \frac{\lambda}{2} \lVert h(x_i) - r_{s_i} \rVert^2 \Big)

    (sums over features), equation 5 of the paper [1]_, by alternating updates. For each batch,

    1. the network takes a gradient step, with clusters and centres fixed;
    2. every row of the batch is encoded again and assigned to its nearest centre;
    3. each centre moves to the running mean of the codes assigned to it, in which older ones fade;
       centres are not learned by gradients.

    `AutoencoderKMeans` gives the start. Introduced in notebook 06.

    Parameters
    ----------
    n_clusters : int, default=8
    cluster_weight : float, default=0.2
        How much reconstruction the clusters may cost, as a share of the variance that the
        autoencoder explains when the clustering starts: :math:`\lambda` is this share times that
        variance, divided by the total variance of the codes at that time. If not `relative`, it is
        :math:`\lambda` itself.
    relative : bool, default=True
        Whether `cluster_weight` is such a share. Then no result depends on the units of X, if the
        autoencoder does not.
    memory : int or None, default=100
        A centre counts as the mean of at most so many codes, so that it follows them when they
        move. None: of all codes ever assigned to it, as in the paper.
    tol : float, default=0.01
        Training ends when a smaller share of the rows changed cluster within 140 steps. With 0 it
        lasts for all `epochs`.
    %(latent_dim)s
    %(hidden)s
    %(network)s
    %(autoencoder)s
    pretrain_epochs : int, default=50
        Epochs of the autoencoder alone. The centres then start from K-Means on the code.
    epochs : int, default=100
        Maximum number of epochs of the three steps above.
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
        The nearest of them to the code of each row, after the training.
    converged_ : bool
        Whether labels settled before the last epoch.
    model_ : keras.Model
        With ``model_.encoder``, ``model_.decoder`` and ``model_.counts``, shape (n_clusters,): how
        many codes each centre counts as the mean of.
    %(autoencoder_)s
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. One value
        for each epoch after that, the last of which may be partial: "loss", the total;
        "autoencoder_loss" and "cluster_loss" (with the :math:`\frac12`, without :math:`\lambda`);
        and "clusters", the number of centres that were nearest to at least one row. One value for
        each look at the labels but the first: "changed", the share of rows that changed cluster
        since the last look.
    %(features)s

    Notes
    -----
    When the clustering starts, each centre counts as the mean of 100 codes, as in the authors'
    code; the paper does not say. In the paper none is forgotten: the more codes a centre has seen,
    the less it moves, and late in the training centres lag behind. Its :math:`\lambda` is a number:
    one that suits some data is too large for others, whose codes are longer; then codes shrink
    faster than the running means follow. See `published`.

    Other differences from that code: Adam instead of momentum, batches in a new order in each
    epoch, and no K-Means over all codes every ten epochs.

    References
    ----------
    .. [1] B. Yang, X. Fu, N. D. Sidiropoulos and M. Hong, "Towards K-means-friendly spaces:
       simultaneous deep learning and clustering", ICML 2017.

    Examples
    --------
    >>> from dkm import DCN, datasets
    >>> digits = datasets.load("digits")
    >>> dcn = DCN(10, hidden=(64,), pretrain_epochs=30, random_state=0).fit(digits.X)
    >>> dcn.decode(dcn.cluster_centers_).shape
    (10, 64)
    """

    model_class = DCNModel
    _cure = "lower cluster_weight, or train the autoencoder for longer first (pretrain_epochs)."

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        cluster_weight: float = 0.2,
        relative: bool = True,
        memory: int | None = 100,
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
        self.relative = relative
        self.memory = memory
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
        r"""The method as published: :math:`\lambda` is 1, no code is forgotten, all epochs.

        Parameters
        ----------
        n_clusters : int, default=8
        **parameters
            Other parameters, as for the class.

        Returns
        -------
        DCN
        """
        settings = {"relative": False, "cluster_weight": 1.0, "memory": None, "tol": 0}
        return cls(n_clusters, **(settings | parameters))

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_real("cluster_weight", self.cluster_weight, at_least=0)
        checks.check_bool("relative", self.relative)
        if self.memory is not None:
            checks.check_integer("memory", self.memory, at_least=1)

    def _build(self, X, rng):
        check_representable("cluster_weight", self.cluster_weight, X.dtype)
        memory = ALL if self.memory is None else int(self.memory)
        model = self.model_class(self.n_clusters, memory, rng=rng, **self._architecture(X))
        model.assigned = tf.Variable(tf.zeros(len(X), tf.int64), trainable=False)
        return self._with_autoencoder(model)

    def _train(self, model, X, rngs, callback):
        centers, history = super()._train(model, X, rngs, callback)
        del model.assigned
        return centers, history

    def _start_clustering(self, model, X, rng):
        Z, unit = encode(model, X), 1.0
        if self.relative and (variance := Z.var(axis=0, dtype=np.float64).sum()):
            unit = explained_variance(model, X) / variance
        centers = kmeans_centers(Z, self.n_clusters, rng)
        model.start_clustering(centers, self.cluster_weight * unit, nearest(Z, centers))
