"""Forecasts: from what remained week by week to what will remain. Plain Python, no database."""
