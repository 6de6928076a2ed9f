"""Grafana dashboards of a district as code: they read SQL views and know nothing of the service."""
