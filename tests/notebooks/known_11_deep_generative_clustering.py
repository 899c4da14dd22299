"""What notebook 11 must notice: faults of the package, right and wrong answers."""

QUICK = {"pretrain_epochs": 4, "epochs": 4, "n_seeds": 2}

FAULTS = {
    "the weight of a cluster counts in each dimension": (
        """
from dkm.deep import vade
right = vade.log_joint
def log_joint(codes, log_weights, centers, log_variances, right=right):
    return right(codes, centers.shape[1] * log_weights, centers, log_variances)
vade.log_joint = log_joint
""",
        "Our lines and the package compute the same loss",
    ),
    "the Gaussian lacks the half of its log variance": (
        """
import tensorflow as tf
from dkm.deep import vade
right = vade.log_joint
def log_joint(codes, log_weights, centers, log_variances, right=right):
    joint = right(codes, log_weights, centers, log_variances)
    return joint - 0.5 * tf.reduce_sum(log_variances, axis=1)
vade.log_joint = log_joint
""",
        "Our lines and the package compute the same loss",
    ),
    "the divergence is that of the cluster from the row": (
        """
import tensorflow as tf
from dkm.deep import vade
def divergences(mean, log_variance, centers, log_variances):
    narrower = log_variance[:, None] - log_variances
    squares = tf.square(mean[:, None] - centers) * tf.exp(-log_variance)[:, None]
    return 0.5 * tf.reduce_sum(narrower + tf.exp(-narrower) + squares - 1, axis=2)
vade.divergences = divergences
""",
        "Our lines and the package compute the same loss",
    ),
    "of the likelihood the variance counts twice": (
        """
from dkm.deep.vade import VaDEModel
right = VaDEModel.surprise
def surprise(model, x, restored, error, right=right):
    return right(model, x, restored, 2 * error)
VaDEModel.surprise = surprise
""",
        "Our lines and the package compute the same loss",
    ),
    "no warning tells of clusters that died": (
        """
from dkm.deep._core import diagnostics
diagnostics.warn_of_collapse = lambda *_: None
from dkm.deep.vade import VaDEModel
right = VaDEModel.start_clustering
def start_clustering(model, weights, centers, variances, noise, right=right):
    centers[1:] += 1e4
    right(model, weights, centers, variances, noise)
VaDEModel.start_clustering = start_clustering
""",
        "Every run that lost clusters says so in a warning",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "by_bayes, by_program = 0.75, 0.99",
        "the other way round": "by_bayes, by_program = 0.99, 0.75",
        "the weight counts once in both": "by_bayes, by_program = 0.75, 0.75",
        "four times the odds": "by_bayes, by_program = 0.75, 0.92",
        "text": "by_bayes, by_program = '0.75', '0.99'",
        "a tuple": "by_bayes, by_program = (0.75,), 0.99",
    },
    "exercise-2": {
        "right": """
def kl(m, v, mu, w):
    return 0.5 * np.sum(np.log(w / v) + (v + (m - mu) ** 2) / w - 1)
""",
        "the other direction": """
def kl(m, v, mu, w):
    return 0.5 * np.sum(np.log(v / w) + (w + (m - mu) ** 2) / v - 1)
""",
        "without its constant": """
def kl(m, v, mu, w):
    return 0.5 * np.sum(np.log(w / v) + (v + (m - mu) ** 2) / w)
""",
        "widths in place of variances": """
def kl(m, v, mu, w):
    return 0.5 * np.sum(2 * np.log(w / v) + (v**2 + (m - mu) ** 2) / w**2 - 1)
""",
        "to the standard normal distribution": """
def kl(m, v, mu, w):
    return 0.5 * np.sum(v + m**2 - 1 - np.log(v))
""",
        "without the sum": """
def kl(m, v, mu, w):
    return 0.5 * (np.log(w / v) + (v + (m - mu) ** 2) / w - 1)
""",
        "a mean over dimensions": """
def kl(m, v, mu, w):
    return 0.5 * np.mean(np.log(w / v) + (v + (m - mu) ** 2) / w - 1)
""",
    },
    "exercise-3": {
        "right": """
def draw(n, weights, centers, variances, rng):
    c = rng.choice(len(weights), n, p=weights)
    noise = rng.standard_normal((n, centers.shape[1]))
    return centers[c] + np.sqrt(variances[c]) * noise
""",
        "variances in place of widths": """
def draw(n, weights, centers, variances, rng):
    c = rng.choice(len(weights), n, p=weights)
    return centers[c] + variances[c] * rng.standard_normal((n, centers.shape[1]))
""",
        "all clusters alike": """
def draw(n, weights, centers, variances, rng):
    c = rng.choice(len(weights), n)
    return centers[c] + np.sqrt(variances[c]) * rng.standard_normal((n, centers.shape[1]))
""",
        "one draw for all dimensions": """
def draw(n, weights, centers, variances, rng):
    c = rng.choice(len(weights), n, p=weights)
    return centers[c] + np.sqrt(variances[c]) * rng.standard_normal((n, 1))
""",
        "another generator": """
def draw(n, weights, centers, variances, rng):
    rng = np.random.default_rng()
    c = rng.choice(len(weights), n, p=weights)
    return centers[c] + np.sqrt(variances[c]) * rng.standard_normal((n, centers.shape[1]))
""",
        "uniform": """
def draw(n, weights, centers, variances, rng):
    c = rng.choice(len(weights), n, p=weights)
    noise = np.sqrt(3) * rng.uniform(-1, 1, (n, centers.shape[1]))
    return centers[c] + np.sqrt(variances[c]) * noise
""",
        "a list of text": """
def draw(n, weights, centers, variances, rng):
    return ["z"] * n
""",
        "a mean of the clusters": """
def draw(n, weights, centers, variances, rng):
    noise = rng.standard_normal((n, centers.shape[1]))
    return weights @ centers + np.sqrt(weights @ variances) * noise
""",
    },
}
