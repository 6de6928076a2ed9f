"""Commands that work on the books and leave the broker alone; each prints what it did."""
