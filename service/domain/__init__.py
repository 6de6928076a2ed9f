"""The rules, pure: no clock, no row, no message; standard library and NumPy only."""
