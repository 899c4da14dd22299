"""Deep clusterers: one file for each method, on what they share."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "autoencoder": ["AutoencoderKMeans"],
        "cluster_gan": ["ClusterGAN"],
        "dcn": ["DCN"],
        "dec": ["DEC"],
        "deep_kmeans": ["DeepKMeans", "annealing"],
        "dekm": ["DEKM"],
        "gan": ["GAN"],
        "idec": ["IDEC"],
        "infogan": ["InfoGAN"],
        "saving": ["load", "save"],
        "vade": ["VaDE"],
    },
)
