"""What notebook 06 must notice: faults of the package, right and wrong answers."""

QUICK = {"pretrain_epochs": 4, "epochs": 8, "n_seeds": 2}

FAULTS = {
    "the codes' variance is taken to be one, as published": (
        """
import tensorflow as tf
from dkm.deep import deep_kmeans
deep_kmeans.total_variance = lambda codes: tf.ones((), codes.dtype)
""",
        "Divided by the codes' variance, they raise it",
    ),
    "the target is not held": (
        """
from dkm.deep import dec
right = dec.divergence
def divergence(P, D, degrees_of_freedom, right=right):
    Q = dec.soft_assignment(D, degrees_of_freedom)
    return right(dec.target_distribution(Q), D, degrees_of_freedom)
dec.divergence = divergence
""",
        "With its target held, they raise the divergence of DEC",
    ),
    "the target does not know the sizes of clusters": (
        """
import numpy as np
from dkm.deep import dec
def target_distribution(Q):
    Q = np.asarray(Q)
    return Q**2 / (Q**2).sum(axis=1, keepdims=True)
dec.target_distribution = target_distribution
""",
        "The target of a sample with the share 0.6 can be below a half",
    ),
    "the divergence is that of Q from P": (
        """
import tensorflow as tf
from dkm.deep import dec
def divergence(P, D, degrees_of_freedom):
    q = dec.soft_assignment(D, degrees_of_freedom)
    return tf.reduce_mean(tf.reduce_sum(q * tf.math.log(q / P), axis=1))
dec.divergence = divergence
""",
        "The gradient of DEC's loss is that of the formula",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "overruled_below = 0.634",
        "the ratio of the sizes": "overruled_below = 0.75",
        "as if clusters had the same size": "overruled_below = 0.5",
        "rounded too far": "overruled_below = 0.63",
        "no number": "overruled_below = 'three quarters'",
    },
    "exercise-2": {
        "right": """
def forgetful(mu, counts, Z, labels, keep):
    mine = np.eye(len(mu))[labels]
    after = keep * counts + mine.sum(axis=0)
    moved = keep * counts[:, None] * mu + mine.T @ Z
    return np.where(after[:, None] > 0, moved / np.maximum(after, 1e-9)[:, None], mu), after
""",
        "nothing is done about a cluster without codes": """
def forgetful(mu, counts, Z, labels, keep):
    with np.errstate(all="ignore"):
        return at_once(mu, keep * counts, Z, labels)
""",
        "it forgets after the batch": """
def forgetful(mu, counts, Z, labels, keep):
    mu, counts = at_once(mu, counts, Z, labels)
    return mu, keep * counts
""",
        "the centres alone": """
def forgetful(mu, counts, Z, labels, keep):
    return at_once(mu, keep * counts + 1e-9, Z, labels)[0]
""",
        "it forgets nothing": """
def forgetful(mu, counts, Z, labels, keep):
    return at_once(mu, counts, Z, labels)
""",
    },
    "exercise-3": {
        "right": """
def own_target(Q):
    return Q**2 / (Q**2).sum(axis=1, keepdims=True)
""",
        "the target of the paper": """
def own_target(Q):
    return target(Q)
""",
        "nothing is sharpened": """
def own_target(Q):
    return Q
""",
        "all to the largest": """
def own_target(Q):
    return np.eye(Q.shape[1])[Q.argmax(axis=1)]
""",
        "a list without the last row": """
def own_target(Q):
    return (Q**2 / (Q**2).sum(axis=1, keepdims=True))[:-1].tolist()
""",
        "shares that do not add up": """
def own_target(Q):
    return Q**0.5
""",
    },
}
