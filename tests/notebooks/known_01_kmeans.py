"""What notebook 01 must notice: faults of the package, right and wrong answers."""

QUICK = {"n_seeds": 2}

FAULTS = {
    "empty clusters are not re-seeded": (
        "from dkm.kmeans import lloyd\nlloyd.reseed = lambda points, partition, C, empty: (C, 0)",
        "dkm.KMeans leaves no centre without samples",
    ),
    "the best of several starts is not kept": (
        "from dkm import KMeans\n"
        "right = KMeans.fit\n"
        "KMeans.fit = lambda self, X: right(self.set_params(n_init=1), X)",
        "Ten random starts spread less than a fifth as much as one",
    ),
    "k-means++ draws every row alike": (
        "from dkm.kmeans import initialization\n"
        "right = initialization._draw\n"
        "initialization._draw = lambda weights, *a: right(None, *a)[:1]",
        "On the blobs greedy k-means++ gets stuck less than half as often as random samples",
    ),
    "the squared length of the centres is forgotten": (
        "from dkm.kmeans import lloyd\n"
        "right = lloyd.linear_scores\n"
        "lloyd.linear_scores = lambda *a: (right(*a)[0], 0 * right(*a)[1])",
        "The inertia is the sum of |x_i - x_j|² / (2 n_k) over all ordered pairs within clusters",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "smallest_k, smallest_k_of_ten_times = 51, 159",
        "ten times as large": "smallest_k, smallest_k_of_ten_times = 51, 510",
        "one too many": "smallest_k, smallest_k_of_ten_times = 52, 159",
        "a list": "smallest_k, smallest_k_of_ten_times = [51], 'many'",
    },
    "exercise-2": {
        "right": "points = np.array([[0.0, 0], [1, 0], [9, 0], [10, 0]])\n"
        "first = np.array([[5.0, 0], [1000, 0]])",
        "no empty centre": "points = np.array([[0.0, 0], [1, 0], [9, 0], [10, 0]])\n"
        "first = np.array([[0.0, 0], [10, 0]])",
        "nothing to gain": "points = np.zeros((4, 2))\nfirst = np.array([[0.0, 0], [9, 9]])",
        "text": "points, first = 'four points', 'two centres'",
    },
    "exercise-3": {
        "right": """
def lloyd_with_bounds(X, C, n_iter):
    bound, labels, n_distances = np.full(len(X), -np.inf), np.zeros(len(X), int), 0
    for iteration in range(n_iter):
        todo = np.arange(len(X))
        if iteration:
            own = np.sqrt(((X - C[labels]) ** 2).sum(axis=1))
            todo, n_distances = np.flatnonzero(own > bound), n_distances + len(X)
        distances = np.sqrt(squared_distances(X[todo], C))
        n_distances += distances.size
        labels[todo] = distances.argmin(axis=1)
        bound[todo] = np.sort(distances, axis=1)[:, 1]
        before, C = C, means(X, labels, C)
        bound -= np.sqrt(((C - before) ** 2).sum(axis=1)).max()
    return labels, n_distances
""",
        "no bound at all": """
def lloyd_with_bounds(X, C, n_iter):
    return lloyd(X, C, max_iter=n_iter)[1], len(X) * len(C) * n_iter
""",
        "stops early": """
def lloyd_with_bounds(X, C, n_iter):
    return lloyd(X, C, max_iter=n_iter // 2)[1], len(X) * len(C) * n_iter // 2
""",
    },
}
