"""What the methods share.

To write a method one reads `base` (the scikit-learn contract; pretrain, start the clusters, train on),
`keras_models` (an autoencoder; an autoencoder with centres) and `training` (batches, epochs, what stops
them). The rest is for some methods only: `target_schedule` (DEC, IDEC, DEKM), `generator_and_critic`
and `latent_code_gan` (GANs), `sampling`; or for nobody but a maintainer: `adam`, `diagnostics`,
`gan_diagnostics`, `keras_estimator`, `pretraining`, `shared_docs`.
"""
