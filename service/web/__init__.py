"""The pages: their sources, their words, and the program that builds them into dist/."""
