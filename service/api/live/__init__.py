"""Live changes: one reader of the database tells every page that listens."""
