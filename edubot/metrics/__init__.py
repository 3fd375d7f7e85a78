"""Figures for Prometheus: `process` counts what this process does, `database` asks what is true for all of them."""
