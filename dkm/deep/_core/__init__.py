"""What the methods share.

To write a method, read `base` (the scikit-learn contract; pretrain, start the clusters, train on),
`keras_models` (an autoencoder, and one with centres) and `training` (batches, epochs, what stops
them). Some methods need more: `target_schedule` (DEC, IDEC, DEKM), `generator_and_critic` and
`latent_code_gan` (GANs), `sampling`. The rest is for maintainers: `adam`, `diagnostics`,
`gan_diagnostics`, `keras_estimator`, `pretraining`, `shared_docs`.
"""
