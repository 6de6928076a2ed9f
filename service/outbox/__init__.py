"""Sends what people are to be told, by mail, chat and webhook: each at least once, none lost."""
