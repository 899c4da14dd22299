"""What every room needs: checks of parameters and data, files written whole, work in blocks."""
