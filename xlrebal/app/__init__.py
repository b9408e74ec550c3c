"""The use cases, one subject a module: each is a short sequence of read, parse, work out, report, apply."""

from xlrebal.app.planning import Outcome, Request, calculate, clear, update

__all__ = ["Outcome", "Request", "calculate", "clear", "update"]
