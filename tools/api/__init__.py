"""The API reference: HTML pages made from the docstrings by Sphinx, to be read without a network.

    python -m tools.api [FOLDER]

`pages` decides what is public and writes a source page for each module and each class, `conf` sets
Sphinx up, `formulas` sets formulas as MathML.
"""
