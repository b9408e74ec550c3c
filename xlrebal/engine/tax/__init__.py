"""Tax: what sales cost and gain, what the year comes to, and what is worth selling for it."""
