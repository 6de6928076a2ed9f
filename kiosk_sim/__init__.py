"""A district full of kiosks that behave as real ones do, and a bad network between them and us."""
