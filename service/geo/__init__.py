"""Files about places: read, checked whole, and turned into a plan of the district."""
