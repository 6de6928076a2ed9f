"""The keeper of everything: tables, migrations, and the ledger's reads and writes in SQL."""
