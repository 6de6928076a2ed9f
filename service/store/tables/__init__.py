"""All tables, one module for each part of the house; importing this package registers them."""

from service.store.tables import books, circle, discrepancies, ledger, quality, registry, watch

__all__ = ["books", "circle", "discrepancies", "ledger", "quality", "registry", "watch"]
