"""Deep clusterers: one file per method, with its mathematics; `_core` holds what they share."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "autoencoder": ["AutoencoderKMeans"],
        "cluster_gan": ["ClusterGAN"],
        "dcn": ["DCN"],
        "dec": ["DEC"],
        "deep_kmeans": ["DeepKMeans", "annealing"],
        "_core.gan_diagnostics": ["covered_modes"],
        "_core.pretraining": ["TrainedAutoencoder"],
        "_core.training": ["Checkpoint"],
        "dekm": ["DEKM"],
        "gan": ["GAN"],
        "idec": ["IDEC"],
        "infogan": ["InfoGAN"],
        "saving": ["load", "save"],
        "vade": ["VaDE"],
    },
)
