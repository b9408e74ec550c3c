"""Results that a change of the code must not change unnoticed."""
