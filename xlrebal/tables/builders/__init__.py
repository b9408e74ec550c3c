"""From records to the household: one subject a module, every problem collected with its cell."""
