"""What notebook 04 must notice: faults of the package, right and wrong answers."""

QUICK = {"epochs": 6, "n_seeds": 2}

FAULTS = {
    "the restoring error is averaged over features": (
        """
from dkm.deep._core import keras_models
right = keras_models.reconstruction_error
def reconstruction_error(x, restored, right=right):
    return right(x, restored) / x.shape[1]
keras_models.reconstruction_error = reconstruction_error
""",
        "Three epochs of the lines above and of the package lead to the same losses and codes",
    ),
    "the rows are never shuffled": (
        """
import numpy as np
from dkm.deep._core import training
training.SAMPLERS["permutation"] = lambda n, batch_size, rng: np.arange(n)
""",
        "Three epochs of the lines above and of the package lead to the same losses and codes",
    ),
    "the centres are those of codes from before the training": (
        """
from dkm.deep.autoencoder import AutoencoderKMeans, encode, kmeans_centers
right = AutoencoderKMeans._train
def _train(self, model, X, rngs, callback, right=right):
    stale = kmeans_centers(encode(model, X), self.n_clusters, rngs[1])
    return stale, right(self, model, X, rngs, callback)[1]
AutoencoderKMeans._train = _train
""",
        "Every centre is the mean of the codes of its own rows, within 2 % of a deviation",
    ),
    "the code goes through a ReLU": (
        """
import keras
from dkm import networks
right = networks.Dense.build
def build(self, *sizes, right=right):
    encoder, decoder = right(self, *sizes)
    return keras.Model(encoder.inputs, keras.ops.relu(encoder.outputs[0])), decoder
networks.Dense.build = build
""",
        "A linear autoencoder finds the plane of PCA (largest angle below 1°)",
    ),
    "the contractive term is forgotten": (
        "from dkm import networks\nnetworks.Contractive.penalty = lambda *a: 0.0",
        "The contractive term makes the Jacobian less than half as large, from every seed",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "smallest_p = 21",
        "one too many": "smallest_p = 22",
        "without taking the mean off": "smallest_p = 9",
    },
    "exercise-2": {
        "right": """
def encode_one_hot(rows, C):
    return np.eye(len(C))[((rows[:, None] - C) ** 2).sum(axis=2).argmin(axis=1)]

def decode_one_hot(H, C):
    return H @ C
""",
        "soft": """
def encode_one_hot(rows, C):
    closeness = np.exp(-((rows[:, None] - C) ** 2).sum(axis=2))
    return closeness / closeness.sum(axis=1, keepdims=True)

def decode_one_hot(H, C):
    return H @ C
""",
        "the farthest centre": """
def encode_one_hot(rows, C):
    return np.eye(len(C))[((rows[:, None] - C) ** 2).sum(axis=2).argmax(axis=1)]

def decode_one_hot(H, C):
    return H @ C
""",
        "besides the 1 more numbers, which the decoder overlooks": """
def encode_one_hot(rows, C):
    H = np.eye(len(C))[((rows[:, None] - C) ** 2).sum(axis=2).argmin(axis=1)]
    return H + np.roll(H, 1, axis=1) / 2 - np.roll(H, 2, axis=1) / 2

def decode_one_hot(H, C):
    return C[H.argmax(axis=1)]
""",
        "the rows themselves come back": """
def encode_one_hot(rows, C):
    return np.eye(len(C))[((rows[:, None] - C) ** 2).sum(axis=2).argmin(axis=1)]

def decode_one_hot(H, C):
    return X
""",
    },
    "exercise-3": {
        "right": """
def rounded(Z):
    middle = Z.mean(axis=0)
    U, lengths, directions = np.linalg.svd(Z - middle, full_matrices=False)
    scale = np.sqrt(len(Z))
    return U * scale, lambda W: W / scale * lengths @ directions + middle
""",
        "standardised only": """
def rounded(Z):
    middle, deviation = Z.mean(axis=0), Z.std(axis=0)
    return (Z - middle) / deviation, lambda W: W * deviation + middle
""",
        "no way back": """
def rounded(Z):
    U = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)[0]
    return U * np.sqrt(len(Z)), lambda W: W
""",
        "the mean is forgotten on the way back": """
def rounded(Z):
    U, lengths, directions = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)
    scale = np.sqrt(len(Z))
    return U * scale, lambda W: W / scale * lengths @ directions
""",
    },
}
