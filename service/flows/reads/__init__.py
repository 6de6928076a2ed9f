"""What pages ask for and what they see, as plain values that the store fills."""
