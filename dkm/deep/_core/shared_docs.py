"""The text of parameters and attributes that several estimators share."""

from dkm._util.docstrings import fill_docstring

SHARED = {
    "latent_dim": """
        latent_dim : int or None, default=None
            Dimensions of the code. None: as many as clusters.""",
    "hidden": """
        hidden : tuple of int, default=(500, 500, 2000)
            Units of the encoder's hidden layers; the decoder mirrors them. See
            `dkm.networks.Dense`.""",
    "network": """
        network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
            Architecture of the autoencoder. "dense", the default, has the layers `hidden`; "conv"
            is for rows that are square images. A description gives full control, including a
            regularizer.""",
    "autoencoder": """
        autoencoder : TrainedAutoencoder, optional
            A pretrained autoencoder: the ``autoencoder_`` of a fitted clusterer. It is copied;
            `hidden` and `pretrain_epochs` are then ignored.""",
    "batch_size": """
        batch_size : int, default=256
            Rows per batch; all of X if it has fewer.""",
    "learning_rate": """
        learning_rate : float, default=0.001
            Of Adam. One optimizer serves both phases and keeps its moments between them.""",
    "sampler": """
        sampler : {"permutation", "independent"}, default="permutation"
            How the batches of an epoch are drawn. "permutation": every row once, in a new order.
            "independent": as many batches, each drawn anew from all rows, as in the code of the
            deep K-Means paper.""",
    "random_state": """
        random_state : int, Generator, RandomState or None, default=None
            Source of all random draws. The same integer gives the same result; no global generator
            of Keras, TensorFlow or NumPy is touched.""",
    "verbose": """
        verbose : int, default=0
            With 1, a progress bar.""",
    "betas": """
        betas : (float, float), default=(0.5, 0.9)
            Decay rates of Adam's two moments, for both optimizers.""",
    "gan_network": """
        network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
            Architecture of all networks. The generator is the decoder of this description; the
            others are its encoder with leaky ReLU. "dense", the default, has the layers `hidden`;
            "conv" is for rows that are square images.""",
    "gan_batch_size": """
        batch_size : int, default=64
            Rows per batch; all of X if it has fewer.""",
    "gan_learning_rate": """
        learning_rate : float, default=0.0005
            Of both Adam optimizers.""",
    "model_": """
        model_ : keras.Model
            With ``model_.encoder`` and ``model_.decoder``.""",
    "autoencoder_": """
        autoencoder_ : TrainedAutoencoder
            A copy of the autoencoder as it is after the fit, to pass to other methods.""",
    "features": """
        n_features_in_ : int
        feature_names_in_ : ndarray of str, shape (d,)
            Only if X has column names.""",
}

with_shared_docs = fill_docstring(SHARED)
