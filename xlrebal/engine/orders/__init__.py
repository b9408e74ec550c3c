"""From goals to orders: what to sell and buy, in which account, and why."""
