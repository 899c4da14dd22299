"""What notebook 02 must notice: faults of the package, right and wrong answers."""

QUICK = {"dataset": "blobs", "k_max": 5, "n_seeds": 2, "n_tables": 2}

FAULTS = {
    "the silhouette grows with the number of clusters": (
        """
from dkm import metrics
right = metrics.silhouette
def silhouette(X, labels):
    return right(X, labels) + 0.1 * len(set(labels))
metrics.silhouette = silhouette
""",
        "The silhouette finds the four blobs",
    ),
    "both halves are the same half": (
        "from dkm import metrics\n"
        "right = metrics.labels_of_halves\n"
        "metrics.labels_of_halves = lambda *a: right(*a)[:1] * 2",
        "A long cloud without clusters is more stable than six clusters in the blobs",
    ),
    "all null data are normal": (
        "from dkm.evaluation import choose_k\n"
        "right = choose_k.evidence\n"
        'choose_k.evidence = lambda *a, **o: right(*a, **{**o, "kinds": ["normal"]})',
        "No evidence in any of the three that have no clusters",
    ),
    "the Rand index is not adjusted": (
        """
from dkm import metrics
from sklearn.metrics import rand_score
def ari(*a):
    return rand_score(*a)
metrics.ari = ari
""",
        "ARI gives random labels less than 0.01",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "pure_labels = list(range(12))",
        "the classes themselves": "pure_labels = classes",
        "one cluster": "pure_labels = np.zeros(12, int)",
        "too few": "pure_labels = [0, 1]",
        "words": "pure_labels = 'none of them'",
    },
    "exercise-2": {
        "right": "fooling = np.random.default_rng(0).standard_normal((400, 2)) * [20, 1]",
        "two real groups": "fooling = np.random.default_rng(0).standard_normal((400, 2))\n"
        "fooling[:200] += 9",
        "a small group beside a large one": """
fooling = np.random.default_rng(0).standard_normal((300, 2))
fooling[:30, 0] += 6
""",
        "a round cloud": "fooling = np.random.default_rng(0).standard_normal((400, 2))",
        "too few points": "fooling = np.random.default_rng(0).standard_normal((50, 2)) * [20, 1]",
    },
    "exercise-3": {
        "right": """
def adjusted_accuracy(y, labels, rng):
    E = np.mean([metrics.accuracy(y, rng.permutation(labels)) for _ in range(200)])
    return (metrics.accuracy(y, labels) - E) / (1 - E)
""",
        "accuracy as it is": """
def adjusted_accuracy(y, labels, rng):
    return metrics.accuracy(y, labels)
""",
        "one part in k for chance": """
def adjusted_accuracy(y, labels, rng):
    E = 1 / len(np.unique(labels))
    return (metrics.accuracy(y, labels) - E) / (1 - E)
""",
        "no function": "adjusted_accuracy = 3",
        "not divided": """
def adjusted_accuracy(y, labels, rng):
    E = np.mean([metrics.accuracy(y, rng.permutation(labels)) for _ in range(200)])
    return metrics.accuracy(y, labels) - E
""",
    },
}
