"""Shared helpers: input validation, atomic file writes and block-wise computation."""
