"""Soft assignment by Student's t, and the target that is made from it: what DEC and IDEC share."""

import numpy as np
import tensorflow as tf

from dkm.deep import training
from dkm.deep.joint import squared_distances
from dkm.deep.target import TargetModel


def logits(D, degrees_of_freedom):
    r"""Logarithm of Student's t without its constant factor, shape (B, k).

    .. math:: -\frac{\nu + 1}{2} \log(1 + D_{ik} / \nu)
    """
    return -(degrees_of_freedom + 1) / 2 * tf.math.log1p(D / degrees_of_freedom)


def soft_assignment(D, degrees_of_freedom):
    r""":math:`q_{ik}`: the above as shares, so that each row has the sum 1, shape (B, k)."""
    return tf.nn.softmax(logits(D, degrees_of_freedom))


def target_distribution(Q):
    r"""What the soft assignments are to become: sharper, and without a gain for large clusters.

    .. math::
        p_{ik} = \frac{q_{ik}^2 / f_k}{\sum_j q_{ij}^2 / f_j}, \quad f_k = \sum_i q_{ik}

    Parameters
    ----------
    Q : ndarray, shape (n, k)
        Of the whole data set: the size :math:`f_k` of a cluster in a batch of it is partly chance.

    Returns
    -------
    ndarray, shape (n, k), float64
    """
    Q = np.asarray(Q, np.float64)
    weight = Q**2 / np.maximum(Q.sum(axis=0), np.finfo(np.float64).tiny)
    return weight / weight.sum(axis=1, keepdims=True)


def divergence(P, D, degrees_of_freedom):
    r""":math:`\frac1B \sum_i \sum_k p_{ik} \log(p_{ik} / q_{ik})`: a scalar. P is constant."""
    log_q = tf.nn.log_softmax(logits(D, degrees_of_freedom))
    return tf.reduce_mean(tf.reduce_sum(tf.math.xlogy(P, P) - P * log_q, axis=1))


class StudentModel(TargetModel):
    r"""The autoencoder with centres among its codes, and a target for the soft assignments.

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \gamma \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}} \Big)

    Sums over features and over clusters, means over the batch of B rows. :math:`\gamma` is 0 until
    `start_clustering`.

    Parameters
    ----------
    n_clusters : int
    degrees_of_freedom : float
    **form
        As for `AutoencoderModel`.
    """

    def __init__(self, n_clusters, degrees_of_freedom, **form):
        super().__init__(n_clusters, **form)
        self.degrees_of_freedom = degrees_of_freedom

    def cluster_loss(self, codes, rows):
        """The second part of the loss above, without its weight."""
        D = squared_distances(codes, self.centers)
        return divergence(tf.gather(self.target, rows), D, self.degrees_of_freedom)

    def renew(self, X):
        """Make the target anew; the cluster of each row, or None if codes are not finite."""
        Z = training.in_batches(self.encoder, X)
        Q = training.in_batches(self.assignment, Z)
        if not training.all_finite((Z, Q)):
            return None
        self.target.assign(target_distribution(Q).astype(Q.dtype))
        return Q.argmax(axis=1)

    def assignment(self, codes, training=False):
        """Soft assignment of codes, shape (B, k)."""
        return soft_assignment(squared_distances(codes, self.centers), self.degrees_of_freedom)

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {"degrees_of_freedom": self.degrees_of_freedom, **super().get_config()}
