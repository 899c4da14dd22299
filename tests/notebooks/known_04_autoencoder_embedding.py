"""What notebook 04 must notice: faults of the package, right and wrong answers."""

QUICK = {"n_seeds": 2}

FAULTS = {
    "the Rand index is not adjusted for chance": (
        "from sklearn.metrics import rand_score\nfrom dkm import metrics\nmetrics.ari = rand_score",
        "After one epoch K-Means on the output disagrees with the pixels",
    ),
    "codes are returned in another scale than the decoder expects": (
        """
from dkm import AutoencoderKMeans
right = AutoencoderKMeans.transform
AutoencoderKMeans.transform = lambda self, X, right=right: 1.5 * right(self, X)
""",
        "With 5 numbers the autoencoder's error on unseen images is below 0.8 of PCA's",
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
        "The linear autoencoder finds PCA's plane within 3°",
    ),
    "nothing is corrupted in the training of a denoising autoencoder": (
        "from dkm import networks\nnetworks.Denoising.corrupt = lambda self, x, noise: x",
        "Denoising reconstructs corrupted images better, from every seed",
    ),
    "the contractive term is forgotten": (
        "from dkm import networks\nnetworks.Contractive.penalty = lambda *a: 0.0",
        "The contractive term halves the Jacobian at least, from every seed",
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
