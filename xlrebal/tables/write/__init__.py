"""Results as tables: a plan, its history, a review, a simulation."""
