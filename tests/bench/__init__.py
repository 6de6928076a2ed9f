"""Measurements: each prints a table and writes bench-out/NAME.json with flat keys."""
