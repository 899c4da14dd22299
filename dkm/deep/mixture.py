"""A mixture of Gaussians with diagonal covariances: its formulas, and a first one for codes."""

import warnings

import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from dkm.deep.base import nearest
from dkm.deep.pretraining import kmeans_centers

LOG_2PI = float(np.log(2 * np.pi))
LEAST_VARIANCE = 1e-4  # of a component at the start, where codes have the variance 1


def log_joint(codes, log_weights, centers, log_variances):
    r""":math:`\log \pi_c + \log N(z; \mu_c, \operatorname{diag} \sigma_c^2)`, shape (B, k).

    The weight counts once, however many dimensions the code has. The Gaussian is a sum over them.

    Parameters
    ----------
    codes : Tensor, shape (B, p)
    log_weights : Tensor, shape (k,)
    centers, log_variances : Tensor, shape (k, p)
    """
    squares = tf.square(codes[:, None] - centers) * tf.exp(-log_variances)
    return log_weights - 0.5 * tf.reduce_sum(squares + log_variances + LOG_2PI, axis=2)


def divergences(mean, log_variance, centers, log_variances):
    r"""Kullback-Leibler divergence of the Gaussian of each row from that of each cluster.

    .. math::
        \tfrac12 \sum_j \Big( \log \frac{\sigma_{cj}^2}{\tilde\sigma_j^2}
        + \frac{\tilde\sigma_j^2 + (\tilde\mu_j - \mu_{cj})^2}{\sigma_{cj}^2} - 1 \Big)

    Parameters
    ----------
    mean, log_variance : Tensor, shape (B, p)
        :math:`\tilde\mu` and :math:`\log \tilde\sigma^2`.
    centers, log_variances : Tensor, shape (k, p)
        :math:`\mu_c` and :math:`\log \sigma_c^2`.

    Returns
    -------
    Tensor, shape (B, k)
    """
    wider = log_variances - log_variance[:, None]
    squares = tf.square(mean[:, None] - centers) * tf.exp(-log_variances)
    return 0.5 * tf.reduce_sum(wider + tf.exp(-wider) + squares - 1, axis=2)


def first_mixture(Z, n_clusters, rng):
    """A mixture of Gaussians of the codes, by expectation-maximisation that starts from K-Means.

    Parameters
    ----------
    Z : ndarray, shape (n, p)
    n_clusters : int
    rng : numpy.random.Generator

    Returns
    -------
    weights, centers, variances : ndarray of float64, shapes (k,), (k, p), (k, p)
        Each variance is at least 0.0001 of that of all codes. A cluster of few rows or of none
        starts as wide as the others.
    """
    Z = Z.astype(np.float64)
    scale = Z.std() or 1.0
    Z = Z / scale
    centers = kmeans_centers(Z, n_clusters, rng)
    labels = nearest(Z, centers)
    members = np.eye(n_clusters)[labels]
    counts, squares = members.sum(axis=0), members.T @ np.square(Z - centers[labels])
    usual = squares.sum(axis=0) / len(Z) + LEAST_VARIANCE
    variances = (squares + usual) / (counts[:, None] + 1)  # as if each had one row more
    mixture = GaussianMixture(
        n_clusters,
        covariance_type="diag",
        reg_covar=LEAST_VARIANCE,
        init_params="random_from_data",  # nothing of it is left beside the three below
        weights_init=(counts + 1) / (counts + 1).sum(),
        means_init=centers,
        precisions_init=1 / variances,
        random_state=int(rng.integers(2**31)),
    )
    with warnings.catch_warnings():  # of its steps: it is a start
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(np.repeat(Z, 2, axis=0) if len(Z) == 1 else Z)  # scikit-learn wants two rows
    return mixture.weights_, mixture.means_ * scale, mixture.covariances_ * scale**2
