"""Tells a monitor how the service fares, in Prometheus' words."""
