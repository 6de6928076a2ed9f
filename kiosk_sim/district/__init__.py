"""The reference district, drawn from a seed: streets, river, railway, people, sites and kiosks."""
