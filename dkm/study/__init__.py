"""Measurements at full size: one method on one data set from one seed is one row of a table.

    python -m dkm.study                                  # whatever the table still lacks
    python -m dkm.study --method dkm_pretrained --dataset mnist --seed 8905

The table is reports/results/study.csv in a clone; the labels of each row are in labels/ beside it.
A row is added whole, when it is finished, and what is there is not measured again: after any
interruption the same command goes on. Each row is measured in a process of its own, one after the
other. Read in notebooks 04 to 06.

The protocol is that of the deep K-Means paper [1]_: layers of 500, 500, 2000 units, as many code
dimensions as clusters, Adam, batches of 256 rows that are each drawn anew, 50 epochs of pretraining,
then 100 epochs with alpha = 1000, or 200 epochs of annealing without pretraining. The codes that are
clustered are fresh ones. DCN, DEC, IDEC and DEKM start from the same autoencoders and take at most 100
epochs, with what else they have if nothing is said. VaDE and ClusterGAN: see `dkm.study.generative`.

References
----------
.. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with k-Means
   and learning representations", Pattern Recognition Letters 138, 2020.
"""  # noqa: E501
