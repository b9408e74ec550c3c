"""What the commands show: terminal tables and JSON."""
