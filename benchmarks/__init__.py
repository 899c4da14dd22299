"""Measurements of speed and memory; results go to reports/results/."""
