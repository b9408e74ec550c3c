"""``min_tax``: no other choice of shares would be taxed less, tried share by share."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction as F
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from oracle.family import Account, Asset, Family, Holding, Lot, book
from oracle.lots import is_long
from xlrebal import app

D = Decimal
DAY = dt.date(2026, 3, 4)
SHORT, LONG = D("0.37"), D("0.15")


@given(st.integers(0, 100_000))
def test_no_other_shares_are_taxed_less(seed: int) -> None:
    random = Random(seed)
    family = family_of(random)
    plan = app.update(book(family), app.Request(as_of=DAY, plan_now=True)).plan
    assert plan.tax is not None
    sold = sum((line.quantity for line in plan.tax.gains), D(0))
    assert sold > 0
    taken = sum(F(line.quantity) * taxed(family, lot_of(family, line.acquired)) for line in plan.tax.gains)
    cheapest = sorted(taxed(family, lot) for lot in family.lots for _ in range(int(lot.units)))
    assert taken == sum(cheapest[: int(sold)])


def family_of(random: Random) -> Family:
    """Shares of an American family bought on several days, more than are wanted; base and asset in any currency."""
    base, currency = random.choice(("USD", "EUR")), random.choice(("USD", "USD", "JPY"))
    fx = {"USD": D("0.9"), "JPY": D("0.006")} if base == "EUR" else {"JPY": D("0.0065")}
    days = random.sample(range(40, 900), random.randint(2, 5))
    price = D(random.randint(80, 200))
    lots = [
        Lot(
            *("A0", "C0", DAY - dt.timedelta(days=back), D(random.randint(1, 9)), D(random.randint(60, 240))),
            None if currency == "USD" else D(random.randint(55, 80)) / 10_000,
            None,
        )
        for back in days
    ]
    units = sum((lot.units for lot in lots), D(0))
    asset = Asset("C0", D(random.choice((0, 20, 50))) / 100, price, currency, "us_security")
    settings = {
        "tax_country": "US",
        "lot_method": "min_tax",
        "strategy": "threshold",
        "short_term_rate": SHORT,
        "long_term_rate": LONG,
        "cooldown_days": 0,
    }
    account = Account("A0", "USD", "He", "taxable", cash=D(1))
    cash = Asset("CASH", 1 - asset.weight, D(1), base)
    return Family(base, [account], [asset, cash], [Holding("A0", "C0", units)], lots=lots, fx=fx, settings=settings)


def lot_of(family: Family, day: dt.date | None) -> Lot:
    """The lot that was bought on a day."""
    (found,) = (lot for lot in family.lots if lot.day == day)
    return found


def taxed(family: Family, lot: Lot) -> F:
    """Tax of one share of a lot, dollars: negative for a loss, which lowers the tax of other gains."""
    asset = family.assets[0]
    today = F(family.rate(asset.currency)) / F(family.rate("USD"))
    bought = F(lot.rate) if lot.rate is not None else F(1)
    gain = F(asset.price) * today - F(lot.cost) * bought
    return gain * F(LONG if is_long(lot.day, DAY) else SHORT)
