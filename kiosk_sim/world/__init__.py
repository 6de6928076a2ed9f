"""The world around the kiosks, pure: who comes when, what breaks, when the crew calls."""
