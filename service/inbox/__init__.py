"""Hears the kiosks: from MQTT into batches, into the books, and back as acknowledgements."""
