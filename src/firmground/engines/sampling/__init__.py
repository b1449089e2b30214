"""Samples: estimates with their intervals."""
