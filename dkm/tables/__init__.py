"""A person's own table: read from its file, each column judged and encoded, later rows alike.

`readers` opens files, `column_values` reads what stands in a column, `column_roles` decides what a
column is used as (numbers, categories, row names, or nothing), `recipes` encodes columns, for later
tables too, and `loading` does it all and tells what it did. `dkm.datasets.load` calls it.
"""
