"""Where workbooks are read and written: one port, one adapter for each host."""
