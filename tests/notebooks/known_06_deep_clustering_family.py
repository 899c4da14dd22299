"""What notebook 06 must notice: faults of the package, right and wrong answers."""

QUICK = {"pretrain_epochs": 4, "epochs": 8, "n_seeds": 2}

FAULTS = {
    "a centre takes no notice of how many codes it stands for": (
        """
import tensorflow as tf
from dkm.deep import dcn
right = dcn.running_means
def running_means(centers, counts, codes, labels, right=right):
    return right(centers, tf.ones_like(counts), codes, labels)
dcn.running_means = running_means
""",
        "The loop over 256 rows, one line for all of them, and the package move the centres alike",
    ),
    "the target does not know the sizes of clusters": (
        """
from dkm.deep import dec
def target_distribution(Q):
    return Q**2 / (Q**2).sum(axis=1, keepdims=True)
dec.target_distribution = target_distribution
""",
        "The package's shares and target are those of the formulas",
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
        "The gradient of DEC's loss for a code is 2 Σ w (p - q) (z - r)",
    ),
    "the tolerance is looked at but stops nothing": (
        """
from dkm.deep._core import settling
right = settling.Settling.__call__
def call(self, right=right):
    return right(self) or self.interval
settling.Settling.__call__ = call
""",
        "A tolerance of half of the rows ends the training at the second target, one of 0 never",
    ),
    "codes are drawn along the tightest axis": (
        """
import numpy as np
from dkm.deep import dekm
def loosest_axis(Z, own_centers):
    differences = (Z - own_centers).astype(float)
    return np.linalg.eigh(differences.T @ differences)[1][:, 0]
dekm.loosest_axis = loosest_axis
""",
        "The package draws codes to their centres along that one axis and leaves the others",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "overruled_below = 0.634",
        "the ratio of the sizes": "overruled_below = 0.75",
        "as if clusters had the same size": "overruled_below = 0.5",
        "rounded too far": "overruled_below = 0.63",
    },
    "exercise-2": {
        "right": """
def forgetful(R, counts, Z, labels, keep):
    mine = np.eye(len(R))[labels]
    after = keep * counts + mine.sum(axis=0)
    moved = keep * counts[:, None] * R + mine.T @ Z
    return np.where(after[:, None] > 0, moved / np.maximum(after, 1e-9)[:, None], R), after
""",
        "nothing is done about a cluster without codes": """
def forgetful(R, counts, Z, labels, keep):
    with np.errstate(all="ignore"):
        return at_once(R, keep * counts, Z, labels)
""",
        "it forgets after the batch": """
def forgetful(R, counts, Z, labels, keep):
    R, counts = at_once(R, counts, Z, labels)
    return R, keep * counts
""",
        "it forgets nothing": """
def forgetful(R, counts, Z, labels, keep):
    return at_once(R, counts, Z, labels)
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
        "shares that do not add up": """
def own_target(Q):
    return Q**0.5
""",
    },
}
