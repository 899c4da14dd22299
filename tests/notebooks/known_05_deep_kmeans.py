"""What notebook 05 must notice: faults of the package, right and wrong answers."""

QUICK = {"dataset": "blobs", "n_clusters": 4, "epochs": 20, "n_seeds": 2}

FAULTS = {
    "distances are not divided by the codes' variance": (
        """
from dkm.deep import deep_kmeans
deep_kmeans.total_variance = lambda codes: 1.0
""",
        "As strong as published, the divided loss gains from every seed",
    ),
    "the weight of the clusters is ignored": (
        """
from dkm.deep.deep_kmeans import DKMModel
right = DKMModel.start_clustering
def start_clustering(self, centers, cluster_weight, *rest, right=right):
    right(self, centers, 0.0, *rest)
DKMModel.start_clustering = start_clustering
""",
        "On average it loses more than five points of accuracy",
    ),
    "K-Means does not place the centres": (
        """
from dkm import DeepKMeans
def first_centers(self, model, X, rng):
    return rng.uniform(-1, 1, (self.n_clusters, model.latent_dim))
DeepKMeans._first_centers = first_centers
""",
        "By default no seed loses two points",
    ),
    "a trained network is not handed on": (
        """
from dkm.deep._core.pretraining import TrainedAutoencoder
TrainedAutoencoder.copy_into = lambda self, model: None
""",
        "By default no seed loses two points",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "alpha_of_nothing = 1.278",
        "where the shares alone are small": "alpha_of_nothing = 5.0",
        "rounded too far": "alpha_of_nothing = 1.3",
        "a text": "alpha_of_nothing = '1.278'",
    },
    "exercise-2": {
        "right": """
def next_centers(Z, mu, alpha):
    Delta = squared_distances(Z, mu)
    q, L = soft_assignment(Delta, alpha), clustering_errors(Delta, alpha)
    w = q * (1 + alpha * (L[:, None] - Delta))
    return w.T @ Z / w.sum(axis=0)[:, None]
""",
        "the shares as weights": """
def next_centers(Z, mu, alpha):
    q = soft_assignment(squared_distances(Z, mu), alpha)
    return q.T @ Z / q.sum(axis=0)[:, None]
""",
        "nothing moves": """
def next_centers(Z, mu, alpha):
    return mu
""",
        "a list": """
def next_centers(Z, mu, alpha):
    return [0]
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
        "a single number": """
def schedule(Z):
    return 5 * critical_alpha(Z)
""",
    },
}
