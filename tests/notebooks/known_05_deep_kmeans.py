"""What notebook 05 must notice: faults of the package, right and wrong answers."""

QUICK = {"dataset": "blobs", "n_clusters": 4, "epochs": 20, "n_seeds": 2}

FAULTS = {
    "no gradient flows through the shares": (
        """
import tensorflow as tf
from dkm.deep import deep_kmeans
right = deep_kmeans.soft_assignment
def soft_assignment(D, alpha, right=right):
    return tf.stop_gradient(right(D, alpha))
deep_kmeans.soft_assignment = soft_assignment
""",
        "The derived gradient is what automatic differentiation of the package's loss gives",
    ),
    "the clustering error is averaged over centres": (
        """
from dkm.deep import deep_kmeans
right = deep_kmeans.clustering_error
def clustering_error(D, alpha, right=right):
    return right(D, alpha) / D.shape[1]
deep_kmeans.clustering_error = clustering_error
""",
        "Three epochs of the lines above and of the package lead to the same centres",
    ),
    "the restoring error is averaged over features": (
        """
from dkm.deep._core import keras_models
right = keras_models.reconstruction_error
def reconstruction_error(x, restored, right=right):
    return right(x, restored) / x.shape[1]
keras_models.reconstruction_error = reconstruction_error
""",
        "Three epochs of the lines above and of the package lead to the same centres",
    ),
    "the weight of the clusters is ignored": (
        """
from dkm.deep.deep_kmeans import DKMModel
right = DKMModel.start_clustering
def start_clustering(self, centers, cluster_weight, *rest, right=right):
    right(self, centers, 0.0, *rest)
DKMModel.start_clustering = start_clustering
""",
        "Three epochs of the lines above and of the package lead to the same centres",
    ),
    "distances are not divided by the codes' variance": (
        """
from dkm.deep import deep_kmeans
deep_kmeans.total_variance = lambda codes: 1.0
""",
        "Divided by v, the same method ends above its start on average, and never a point below",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "alpha_of_nothing = 1.278",
        "where the shares alone are small": "alpha_of_nothing = 5.0",
        "rounded too far": "alpha_of_nothing = 1.3",
    },
    "exercise-2": {
        "right": """
def next_centers(Z, R, alpha):
    D = squared_distances(Z, R)
    w = soft_assignment(D, alpha) * (1 + alpha * (clustering_errors(D, alpha)[:, None] - D))
    return w.T @ Z / w.sum(axis=0)[:, None]
""",
        "the shares as weights": """
def next_centers(Z, R, alpha):
    S = soft_assignment(squared_distances(Z, R), alpha)
    return S.T @ Z / S.sum(axis=0)[:, None]
""",
        "nothing moves": """
def next_centers(Z, R, alpha):
    return R
""",
    },
    "exercise-3": {
        "right": """
def schedule(Z):
    return 5 * critical_alpha(Z) * np.geomspace(1, 100, 20)
""",
        "no regard to the unit": """
def schedule(Z):
    return np.geomspace(1, 100, 20)
""",
        "begins below the critical value": """
def schedule(Z):
    return 0.2 * critical_alpha(Z) * np.geomspace(1, 100, 20)
""",
        "in units of a distance, not of its square": """
def schedule(Z):
    return critical_alpha(Z) ** 0.5 * np.geomspace(1, 100, 20)
""",
    },
}
