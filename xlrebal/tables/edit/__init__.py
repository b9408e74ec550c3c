"""Changes of input tables: recording, imports, rules taken over, copies to share."""
