"""What is due today: what is held and worth, how far it is off, and whether a rule asks for orders."""
