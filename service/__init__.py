"""Circle15's service: an exact stock ledger and the fifteen-minute circle, from kiosks' words."""
