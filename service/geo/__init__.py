"""Places and ways: files of them checked whole, walks along streets, areas, sites and tours."""
