"""What notebook 07 must notice: faults of the package, right and wrong answers."""

QUICK = {"epochs": 5, "n_seeds": 2}

FAULTS = {
    "a run of K-Means reports twice the inertia of its first iteration": (
        """
import dkm
right = dkm.KMeans.fit
def fit(self, X, y=None, sample_weight=None, right=right):
    right(self, X, y, sample_weight)
    self.inertia_ = 2 * self.history_["assignment"][0]
    return self
dkm.KMeans.fit = fit
""",
        "No run ends above its start",
    ),
    "the squared length of the centres is forgotten": (
        "from dkm.kmeans import lloyd\n"
        "right = lloyd.linear_scores\n"
        "lloyd.linear_scores = lambda *a: (right(*a)[0], 0 * right(*a)[1])",
        "The dense layer with W = 2C and b = -|c|² always names the nearest centre",
    ),
    "every clustering agrees with every other": (
        "from dkm import metrics\nmetrics.nmi = lambda a, b: 1.0",
        "Started from the true rings, K-Means ends with an NMI below 0.1",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "largest_h = 439",
        "one too many": "largest_h = 440",
        "no whole number": "largest_h = 439.46",
        "the exact assignment counted without its dimensions": "largest_h = 1000",
    },
    "exercise-2": {
        "right": """
def filled_centers(X, labels, K):
    C = np.array([X[labels == k].mean(axis=0) if (labels == k).any() else X[0] for k in range(K)])
    worst = ((X - C[labels]) ** 2).sum(axis=1).argsort()  # the order of the empty ones is free
    empty = np.setdiff1d(np.arange(K), labels)
    C[empty] = X[worst[-len(empty) :]]
    return C
""",
        "the same row for every empty cluster": """
def filled_centers(X, labels, K):
    C = np.array([X[labels == k].mean(axis=0) if (labels == k).any() else X[0] for k in range(K)])
    C[np.setdiff1d(np.arange(K), labels)] = X[((X - C[labels]) ** 2).sum(axis=1).argmax()]
    return C
""",
        "the mean of nothing": """
def filled_centers(X, labels, K):
    with np.errstate(all="ignore"):
        return np.array([X[labels == k].sum(axis=0) / (labels == k).sum() for k in range(K)])
""",
        "the mean of all": """
def filled_centers(X, labels, K):
    rows = [X[labels == k] if (labels == k).any() else X for k in range(K)]
    return np.array([each.mean(axis=0) for each in rows])
""",
    },
    "exercise-3": {
        "right": """
h_chosen, m_chosen = 8, 20


def shortlist_labels(rows, h, m):
    V = axes[:h].T
    D = squared_distances((rows - middle) @ V, (C_many - middle) @ V)
    near = np.argpartition(D, m - 1, axis=1)[:, :m]
    exact = np.take_along_axis(squared_distances(rows, C_many), near, axis=1)
    return near[np.arange(len(rows)), exact.argmin(axis=1)]
""",
        "all distances after all": """
h_chosen, m_chosen = 8, 20


def shortlist_labels(rows, h, m):
    return squared_distances(rows, C_many).argmin(axis=1)
""",
        "PCA alone": """
h_chosen, m_chosen = 2, 1


def shortlist_labels(rows, h, m):
    return by_pca(rows, h)
""",
        "too many candidates": """
h_chosen, m_chosen = d - 1, many


def shortlist_labels(rows, h, m):
    V = axes[:h].T
    D = squared_distances((rows - middle) @ V, (C_many - middle) @ V)
    near = np.argpartition(D, m - 1, axis=1)[:, :m]
    exact = np.take_along_axis(squared_distances(rows, C_many), near, axis=1)
    return near[np.arange(len(rows)), exact.argmin(axis=1)]
""",
    },
}
