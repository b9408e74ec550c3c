"""How many random cases the tests try, in one place.

A test names the number that shows its mistakes: ``@examples(300)``. The profile multiplies it:

    dev     a third of it: the default, while one works
    ci      all of it: .ci/run
    deep    ten times as many, each time others: pytest --hypothesis-profile=deep
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_FACTORS = {"dev": 1 / 3, "ci": 1, "deep": 10}


def register() -> None:
    """Make the profiles known and choose the default. The same cases every time but for ``deep``."""
    for name in ("dev", "ci"):
        settings.register_profile(name, deadline=None, derandomize=True, max_examples=scaled(100, name))
    checks = list(HealthCheck)
    settings.register_profile("deep", deadline=None, suppress_health_check=checks, max_examples=scaled(100, "deep"))
    settings.load_profile("dev")


def scaled(number: int, profile: str = "") -> int:
    """Return how many cases a profile (the chosen one) makes of a number; at least one."""
    return max(1, round(number * _FACTORS[profile or str(settings.get_current_profile_name())]))


def examples(number: int) -> settings:
    """Return the settings of a test that tries so many cases, multiplied by the profile."""
    return settings(max_examples=scaled(number))
