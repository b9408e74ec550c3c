"""From cells to the household and its rules, every problem collected with its cell."""
