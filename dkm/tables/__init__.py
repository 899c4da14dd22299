"""Read a user's own table, decide how each column is used, and encode the columns as features.

- `file_types`: which files are supported, and what to do with the others;
- `readers`, `delimited`, `encodings`, `numpy_files`: read a file into a table;
- `column_values`, `number_parsing`: parse the values of a column;
- `column_roles`: decide whether a column holds numbers, categories, row names or nothing useful;
- `recipes`: encode the columns, and encode later tables in the same way;
- `loading`: all of these steps in order, behind `dkm.datasets.load`;
- `reporting`: describe what was found and what was done.
"""
