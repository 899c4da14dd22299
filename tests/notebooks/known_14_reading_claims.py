"""What notebook 14 must notice: faults of the package. Its exercises are still to come."""

QUICK = {"n_draws": 4}

FAULTS = {
    "clusters are found in everything": (
        "from dkm.evaluation import choose_k\n"
        'choose_k.suggest = lambda evidence: choose_k.Suggestion(3, "strong", "")',
        "In most draws of even noise there is no evidence for clusters",
    ),
    "the inertia counts everything twice": (
        """
import dkm
right = dkm.KMeans.fit
def fit(self, X, y=None, sample_weight=None, right=right):
    right(self, X, y, sample_weight)
    self.inertia_ *= 2
    return self
dkm.KMeans.fit = fit
""",
        "The inertia is the sum of |x_i - x_j|² / (2 n_k) over ordered pairs within clusters",
    ),
    "every clustering agrees with every other": (
        "from dkm import metrics\nmetrics.nmi = lambda a, b: 1.0",
        "Clusters of the probability of being real have less than half the NMI of K-Means on "
        "pixels",
    ),
}

ANSWERS = {}
