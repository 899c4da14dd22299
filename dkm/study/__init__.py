"""Full-size measurements: one method on one data set with one seed is one row of a table.

    python -m dkm.study                                  # all rows still missing from the table
    python -m dkm.study --method dkm_pretrained --dataset mnist --seed 8905

The table is reports/results/study.csv in a clone; the labels of each row are in labels/ next to it.
A row is added only once it is complete, and existing rows are not measured again. So after an
interruption, the same command continues where it stopped. Rows are measured one at a time, each in
its own process. The table is used in notebooks 04 to 06.

The protocol is that of the deep K-Means paper [1]_: layers of 500, 500, 2000 units, as many code
dimensions as clusters, Adam, batches of 256 rows that are each drawn independently, 50 epochs of
pretraining, then 100 epochs with alpha = 1000; or 200 epochs of annealing without pretraining. The
codes are recomputed before they are clustered. DCN, DEC, IDEC and DEKM start from the same
autoencoders and run for at most 100 epochs, with their defaults otherwise. For VaDE and ClusterGAN,
see `dkm.study.generative`.

References
----------
.. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with k-Means
   and learning representations", Pattern Recognition Letters 138, 2020.
"""
