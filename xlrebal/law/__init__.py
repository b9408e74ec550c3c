"""Tax, market and account rules as dated, sourced data, and their loader."""
