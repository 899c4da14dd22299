"""Image data sets: each row is one image, flattened row by row, with values in [0, 1]."""

import bz2
from io import BytesIO

import numpy as np
from sklearn import datasets as sklearn_datasets

from dkm.datasets import archives, sources
from dkm.datasets.archives import Expected
from dkm.tables.dataset import Dataset

DIGITS = tuple("0123456789")
MNIST = Expected(
    title="MNIST",
    image_shape=(28, 28),
    train=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    test=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
    moments=(0.130660, 0.308108),
)
FASHION_MNIST = Expected("Fashion-MNIST", (28, 28), train=(6000,) * 10, test=(1000,) * 10)
USPS = Expected(
    title="USPS",
    image_shape=(16, 16),
    train=(1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644),
    test=(359, 264, 198, 166, 200, 160, 170, 147, 166, 177),
)

# The Keras server, and the hashes published by Keras and the authors of Fashion-MNIST.
KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
FASHION_MD5 = {
    "x_train": ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    "y_train": ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
    "x_test": ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
    "y_test": ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
}
# The LIBSVM website, and the hashes that torchvision uses to check its downloads from there.
LIBSVM_URL = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass"
USPS_MD5 = {
    "train": ("usps.bz2", "ec16c51db3855ca6c91edd34d0e9b197"),
    "test": ("usps.t.bz2", "8ea070ee2aca1ac39742fdd1ef5ed118"),
}


def digits():
    """1 797 handwritten digits of 8 x 8 pixels; included in scikit-learn."""
    bunch = sklearn_datasets.load_digits()
    return Dataset(
        name="digits",
        X=bunch.data / 16.0,
        y=bunch.target.astype(np.int64),
        feature_names=tuple(bunch.feature_names),
        target_names=tuple(str(name) for name in bunch.target_names),
        image_shape=(8, 8),
        value_range="0 (white) to 1 (black), in steps of 1/16",
        source="E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine "
        "Learning Repository, 1998, doi:10.24432/C50P49 (its test part, as in scikit-learn)",
        licence="CC BY 4.0",
        notes="divided by 16",
    )


def mnist():
    """70 000 handwritten digits of 28 x 28 pixels; an 11 MB download."""
    X, y = _find_or_fetch("mnist.npz", MNIST, _fetch_mnist, sources.keras_cache())
    return _images(
        "mnist",
        X,
        y,
        MNIST,
        target_names=DIGITS,
        value_range="0 (white) to 1 (black), in steps of 1/255",
        source="Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, "
        "from data of NIST; Y. LeCun et al., Gradient-based learning applied to document "
        "recognition, Proceedings of the IEEE 86, 1998, doi:10.1109/5.726791",
        licence="CC BY-SA 3.0",
        notes="divided by 255; the 60 000 training images first, then the 10 000 test images",
    )


def fashion_mnist():
    """70 000 photographs of clothes, shoes and bags, 28 x 28 pixels; a download of 31 MB."""
    X, y = _find_or_fetch("fashion_mnist.npz", FASHION_MNIST, _fetch_fashion_mnist)
    return _images(
        "fashion_mnist",
        X,
        y,
        FASHION_MNIST,
        target_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        value_range="0 (background) to 1, in steps of 1/255",
        source="H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image dataset for "
        "benchmarking machine learning algorithms, 2017, arXiv:1708.07747",
        licence="MIT, Copyright 2017 Zalando SE",
        notes="divided by 255; the 60 000 training images first, then the 10 000 test images",
    )


def usps():
    """9 298 handwritten digits of 16 x 16 pixels, scanned from envelopes; an 8 MB download."""
    X, y = _find_or_fetch("usps.npz", USPS, _fetch_usps)
    return _images(
        "usps",
        X,
        y,
        USPS,
        target_names=DIGITS,
        value_range="0 (white) to 1 (black)",
        source="digits from envelopes of the U.S. Postal Service; J. J. Hull, A database for "
        "handwritten text recognition research, IEEE Transactions on Pattern Analysis and Machine "
        "Intelligence 16, 1994, doi:10.1109/34.291440",
        licence="none stated; used for research",
        notes="rescaled from [-1, 1] to [0, 1]; the 7 291 training images first, then the 2 007 "
        "test images",
    )


def _images(name, X, y, expected, **known):
    height, width = expected.image_shape
    return Dataset(
        name=name,
        X=X,
        y=y,
        feature_names=tuple(
            f"pixel_{row}_{column}" for row in range(height) for column in range(width)
        ),
        image_shape=expected.image_shape,
        **known,
    )


def _find_or_fetch(name, expected, fetch, *folders):
    """Images and labels from a file on this machine, or from the one that `fetch` downloads."""
    path = sources.find(name, *folders)
    if path is not None:
        return archives.stack(archives.read(path), expected, path)
    content = fetch()
    X, y = archives.stack(archives.read(BytesIO(content)), expected, "The downloaded file")
    sources.save(name, content)
    return X, y


def _fetch_mnist():
    return sources.fetch(
        f"{KERAS_URL}/mnist.npz", "sha256", MNIST_SHA256, title="MNIST", filename="mnist.npz"
    )


def _fetch_fashion_mnist():
    """The content of fashion_mnist.npz, from the four files in Keras' cache or on its server."""
    arrays = {}
    for array, (name, digest) in FASHION_MD5.items():
        path = sources.keras_cache() / "fashion-mnist" / name
        content = path.read_bytes() if path.exists() else b""
        if not sources.has_hash(content, "md5", digest):
            content = sources.fetch(
                f"{KERAS_URL}/{name}",
                "md5",
                digest,
                title="Fashion-MNIST",
                filename="fashion_mnist.npz",
            )
        arrays[array] = archives.read_idx(content)
    return archives.as_npz(arrays)


def _fetch_usps():
    """The content of usps.npz, from LIBSVM's sparse text files, whose classes are 1 to 10."""
    arrays = {}
    for part, (name, digest) in USPS_MD5.items():
        content = sources.fetch(
            f"{LIBSVM_URL}/{name}", "md5", digest, title="USPS", filename="usps.npz"
        )
        lines = BytesIO(bz2.decompress(content))
        X, y = sklearn_datasets.load_svmlight_file(lines, n_features=256, dtype=np.float32)
        arrays |= {f"x_{part}": X.toarray(), f"y_{part}": y.astype(np.int64) - 1}
    return archives.as_npz(arrays)
