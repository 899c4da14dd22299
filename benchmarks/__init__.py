"""Benchmarks of speed, memory and accuracy; results are written to reports/results/."""
