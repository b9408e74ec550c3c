"""How many random cases a test runs: a few as a rule, many with ``--hypothesis-profile=deep``."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from profiles import scaled

Check = Callable[[Random], "list[str] | None"]


def cases(quick: int, deep: int) -> Callable[[Callable[[int], None]], Callable[[], None]]:
    """Run a test over seeds of random cases; the seed that fails is the one to look at."""
    number = deep if settings.get_current_profile_name() == "deep" else scaled(quick)

    def run(test: Callable[[int], None]) -> Callable[[], None]:
        # A smaller seed is no simpler case, so nothing is shrunk.
        once = settings(max_examples=number, phases=(Phase.generate,), report_multiple_bugs=False)
        return once(given(st.integers(0, 2**32 - 1))(test))

    return run


def agrees(check: Check, seed: int) -> None:
    """Fail with every difference that a check finds."""
    found = check(Random(seed))
    assert not found, f"seed {seed}: " + "; ".join(found)
