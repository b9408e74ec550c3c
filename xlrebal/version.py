"""The version of xlrebal."""

__version__ = "0.1.0"
