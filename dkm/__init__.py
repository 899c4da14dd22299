"""K-Means and neural networks: clusterers with the scikit-learn interface.

The names below are loaded when they are first used, so that ``import dkm`` stays quick and loads
no TensorFlow. The course in ``notebooks/`` introduces each of them.
"""

import os

import lazy_loader

# TensorFlow warns on stderr of each operation that it does not optimise; its errors remain.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "claims",
        "datasets",
        "deep",
        "evaluation",
        "models",
        "networks",
        "plots",
    ],
    submod_attrs={
        "claims": ["claim", "record"],
        "deep.autoencoder": ["AutoencoderKMeans"],
        "deep.cluster_gan": ["ClusterGAN"],
        "deep.dcn": ["DCN"],
        "deep.dec": ["DEC"],
        "deep.deep_kmeans": ["DeepKMeans"],
        "deep.dekm": ["DEKM"],
        "deep.gan": ["GAN"],
        "deep.idec": ["IDEC"],
        "deep.infogan": ["InfoGAN"],
        "deep.vade": ["VaDE"],
        "evaluation": ["metrics"],
        "kmeans.kmeans": ["KMeans"],
        "kmeans.minibatch": ["MiniBatchKMeans"],
    },
)
