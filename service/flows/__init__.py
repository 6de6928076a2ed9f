"""What happens, step by step; says what it needs as ports."""
