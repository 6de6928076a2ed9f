"""Writes what is printed: PDF by typst, with a font that holds Chinese."""
