"""What notebook 10 must notice: faults of the package, right and wrong answers."""

QUICK = {"n_seeds": 2}

RECOVERED = "In every game more than 99 in 100 codes are recovered"

FAULTS = {
    "the error of the code is left out": (
        """
from dkm.deep.cluster_gan import ClusterGANModel
def extra_loss(self, z, fake):
    terms = self.terms(z, self.reader(fake))
    return self.beta_n * terms["noise_loss"]
ClusterGANModel.extra_loss = extra_loss
""",
        RECOVERED,
    ),
    "the bound leaves out the entropy of the code": (
        """
import tensorflow as tf
from dkm.deep.infogan import InfoGANModel
def terms(self, z, outputs):
    clusters, logits = z[:, self.noise_dim :], self.logits(outputs)
    error = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(clusters, logits))
    return {"information": -error}
InfoGANModel.terms = terms
""",
        "InfoGAN's bound ends above 98 percent of log K",
    ),
    "the probabilities are those of a hundredth of the logits": (
        """
import tensorflow as tf
from dkm.deep._core.latent_code_gan import Probabilities
def call(self, outputs):
    others, logits = outputs[:, : -self.n_clusters], outputs[:, -self.n_clusters :]
    return tf.concat([others, tf.nn.softmax(logits / 100)], axis=1)
Probabilities.call = call
""",
        "The encoder is overconfident about real digits: in every game its mean largest "
        "probability exceeds its accuracy",
    ),
    "NMI is a Rand index without correction for chance": (
        """
from sklearn.metrics import rand_score
from dkm import metrics
metrics.nmi = rand_score
""",
        "Clusters of the score, or of the probability, have less than half the NMI of K-Means on "
        "the pixels",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "information = 0.92",
        "without the entropy of the code": "information = -1.39",
        "in bits": "information = 1.32",
        "of a sure reader": "information = 2.30",
        "text": "information = '0.92'",
        "several numbers": "information = np.array([0.92, 0.92])",
    },
    "exercise-2": {
        "right": """
def cross_entropy(codes, logits):
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return (total - (codes * logits).sum(axis=1)).mean()
""",
        "overflows": """
def cross_entropy(codes, logits):
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log((codes * shares).sum(axis=1)).mean()
""",
        "a sum over the batch": """
def cross_entropy(codes, logits):
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return (total - (codes * logits).sum(axis=1)).sum()
""",
        "one value a row": """
def cross_entropy(codes, logits):
    top = logits.max(axis=1)
    return top + np.log(np.exp(logits - top[:, None]).sum(axis=1)) - (codes * logits).sum(axis=1)
""",
        "text": """
def cross_entropy(codes, logits):
    return "1667.77"
""",
        "the sign is missing": """
def cross_entropy(codes, logits):
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return ((codes * logits).sum(axis=1) - total).mean()
""",
    },
    "exercise-3": {
        "right": """
def draw_unequal(shares, n, rng):
    noise = 0.1 * rng.standard_normal((n, 10))
    return np.hstack([noise, np.eye(len(shares))[rng.choice(len(shares), n, p=shares)]])
""",
        "all equally likely": """
def draw_unequal(shares, n, rng):
    noise = 0.1 * rng.standard_normal((n, 10))
    return np.hstack([noise, np.eye(len(shares))[rng.integers(len(shares), size=n)]])
""",
        "shares for codes": """
def draw_unequal(shares, n, rng):
    noise = 0.1 * rng.standard_normal((n, 10))
    return np.hstack([noise, np.tile(shares, (n, 1))])
""",
        "wide noise": """
def draw_unequal(shares, n, rng):
    noise = rng.standard_normal((n, 10))
    return np.hstack([noise, np.eye(len(shares))[rng.choice(len(shares), n, p=shares)]])
""",
        "one noise for all dimensions": """
def draw_unequal(shares, n, rng):
    noise = np.tile(0.1 * rng.standard_normal((n, 1)), 10)
    return np.hstack([noise, np.eye(len(shares))[rng.choice(len(shares), n, p=shares)]])
""",
        "noise and codes apart": """
def draw_unequal(shares, n, rng):
    noise = 0.1 * rng.standard_normal((n, 10))
    return noise, np.eye(len(shares))[rng.choice(len(shares), n, p=shares)]
""",
        "uniform noise": """
def draw_unequal(shares, n, rng):
    noise = 0.1 * np.sqrt(3) * rng.uniform(-1, 1, (n, 10))
    return np.hstack([noise, np.eye(len(shares))[rng.choice(len(shares), n, p=shares)]])
""",
        "shares are not drawn": """
def draw_unequal(shares, n, rng):
    noise = 0.1 * rng.standard_normal((n, 10))
    counts = np.round(shares * n).astype(int)
    return np.hstack([noise, np.eye(len(shares))[np.repeat(np.arange(len(shares)), counts)]])
""",
        "another generator": """
def draw_unequal(shares, n, rng):
    rng = np.random.default_rng()
    noise = 0.1 * rng.standard_normal((n, 10))
    return np.hstack([noise, np.eye(len(shares))[rng.choice(len(shares), n, p=shares)]])
""",
    },
}
