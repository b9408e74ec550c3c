"""xlrebal: keep a family's portfolio at its target weights from inside its own workbook."""

__version__ = "0.1.0"
