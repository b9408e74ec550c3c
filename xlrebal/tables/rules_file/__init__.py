"""The written rules: in the workbook, in a YAML file, and over time."""
