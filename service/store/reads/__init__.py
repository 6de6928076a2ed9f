"""Answers the questions of pages in plain SQL: one read-only moment for each, and bounded."""
