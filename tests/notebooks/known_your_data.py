"""What the notebook your_data must notice: faults of the package."""

from tempfile import TemporaryDirectory

FOLDER = TemporaryDirectory(prefix="dkm-")
QUICK = {"n_clusters": 10, "folder": FOLDER.name}

FAULTS = {
    "a row is given to the second nearest centre": (
        "import numpy as np\n"
        "from dkm.kmeans import lloyd\n"
        "from sklearn.metrics import pairwise_distances\n"
        "lloyd.nearest_centers = lambda X, C, block_map: (\n"
        "    pairwise_distances(X, C).argsort(axis=1)[:, 1].astype(np.int32))",
        "Each row has the cluster whose centre is nearest, by scikit-learn's distances",
    ),
    "every division counts as strong evidence": (
        "from dkm.evaluation import choose_k\n"
        "choose_k.DEGREES = [choose_k.Degree(d.name, -1e9, -1, -1) for d in choose_k.DEGREES]",
        "Where the evidence is strong, ten starts from another seed find the same (ARI > 0.9)",
    ),
    "the clusters come back in another order": (
        "from dkm.models import save_load\n"
        "right = save_load.load\n"
        "def load(path):\n"
        "    model = right(path)\n"
        "    model.estimator.cluster_centers_ = model.estimator.cluster_centers_[::-1].copy()\n"
        "    return model\n"
        "save_load.load = load",
        "The model, read again from its file, gives each row of the table the same cluster",
    ),
}

ANSWERS = {}
