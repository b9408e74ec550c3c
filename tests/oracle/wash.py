"""Wash sales share by share, over every account of the household (IRC 1091, Reg. 1.1091-1 and -2, Rev. Rul. 2008-5).

Every share is an entry of its own. Losses are taken in the order of their sales; the shares bought in the 30 days
before and after, in any account, are matched in the order in which they were bought, each once. The loss of a matched
share does not count: it is added to the cost of the share bought instead, which is then held from the older day on, by
as long as the share sold was held. A share bought in an IRA takes the loss away for good.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction as F
from random import Random

from oracle.family import Account, Asset, Family, Holding, Lot, Trade, planned
from oracle.lots import is_long
from xlrebal.language import in_english

Event = tuple[dt.date, str, str, int, F]
"""Day, account, action, whole shares, money for one share."""

WINDOW = dt.timedelta(days=30)


@dataclass
class LotSale:
    """One share."""

    account: str
    day: dt.date
    order: int
    cost: F
    held_since: dt.date
    sold: dt.date | None = None
    replaces: bool = False


@dataclass
class Result:
    """What a sale came to, in dollars: gains that count, short and long, and losses that do not."""

    short: F = F(0)
    long: F = F(0)
    disallowed: F = F(0)


@dataclass
class History:
    """Trades of one code, whole shares, oldest first in each account. ``deferred`` accounts are not taxed."""

    deferred: frozenset[str]
    pieces: list[LotSale] = field(default_factory=list)
    losses: list[tuple[LotSale, dt.date, F, Result]] = field(default_factory=list)
    unclear: bool = False

    def buy(self, day: dt.date, account: str, units: int, cost: F) -> None:
        """Buy whole shares at so much each, commission included."""
        for _ in range(units):
            self.pieces.append(LotSale(account, day, len(self.pieces), cost, day))

    def run(self, events: list[Event]) -> list[Result]:
        """Work through (day, account, action, units, money for one share) in order; a result for each sale.

        A loss is settled as soon as its window is known: purchases after it are read from the list.
        """
        results = []
        for day, account, action, units, money in events:
            if action == "BUY":
                self.buy(day, account, units, money)
                self._late(day)
            else:
                results.append(self._sell(day, account, units, money))
        return results

    def _sell(self, day: dt.date, account: str, units: int, money: F) -> Result:
        mine = sorted((p for p in self.pieces if p.account == account and not p.sold), key=lambda p: (p.day, p.order))
        result = Result()
        going = mine[:units]
        # Which shares of one purchase go first is not settled either, where they no longer cost the same.
        last = {(p.cost, p.held_since, p.replaces) for p in mine if going and p.day == going[-1].day}
        if len(last) > 1 and mine[len(going) :] and mine[len(going)].day == going[-1].day:
            self.unclear = True
        for piece in going:
            piece.sold = day
        for piece in going:
            gain = money - piece.cost
            if account in self.deferred:
                continue
            if gain >= 0:
                self._count(result, piece, day, gain)
            else:
                self._count(result, piece, day, gain)
                self.losses.append((piece, day, gain, result))
        self._late(day)
        return result

    def _count(self, result: Result, piece: LotSale, day: dt.date, gain: F) -> None:
        if is_long(piece.held_since, day):
            result.long += gain
        else:
            result.short += gain

    def _late(self, today: dt.date) -> None:
        """Match the losses that are open with the shares bought up to today."""
        still, matched = [], []
        for piece, day, gain, result in self.losses:
            match = self._replacement(piece, day)
            if match is None:
                still.append((piece, day, gain, result))
                continue
            match.replaces = True
            matched.append((piece, day, gain, result))
            self._count(result, piece, day, -gain)
            result.disallowed -= gain
            if match.account not in self.deferred:
                match.cost -= gain
                match.held_since = match.day - (day - piece.held_since)
        # Which of a day's shares are matched first is not settled either, where they no longer lose the same.
        for one, _, gain, result in matched:
            others = (rest for other, _, rest, of in still if of is result and other.day == one.day)
            self.unclear |= any(rest != gain for rest in others)
        self.losses = still

    def _replacement(self, piece: LotSale, day: dt.date) -> LotSale | None:
        # Shares bought together with the one sold do not stand for it (Rev. Rul. 56-602).
        near = [
            p
            for p in self.pieces
            if abs(p.day - day) <= WINDOW and not p.replaces and (p.day, p.account) != (piece.day, piece.account)
        ]
        # Whether a share that was itself sold before or with the loss can stand for it is not settled: such a record
        # is left out of the comparison.
        if any(p.sold and p.sold <= day for p in near if p.sold != day or p.account != piece.account):
            self.unclear = True
        near = [p for p in near if not (p.sold and p.sold <= day)]
        return min(near, key=lambda p: (p.day, p.order), default=None)


DEFERRED = frozenset({"A2"})


def family_of(random: Random) -> tuple[Family, History, list[Event], dt.date]:
    """Random trades of one code in two owners' accounts and an IRA, the shares left, and the day of the plan."""
    start = dt.date(random.choice((2023, 2024, 2025)), random.randint(1, 12), random.randint(1, 28))
    days = sorted(random.sample(range(random.choice((60, 200, 500))), random.randint(2, 12)))
    history, events, held = History(DEFERRED), [], dict.fromkeys(("A0", "A1", "A2"), 0)
    for number in days:
        account = random.choice(("A0", "A0", "A1", "A2"))
        action = "SELL" if held[account] and random.random() < 0.5 else "BUY"
        units = random.randint(1, held[account] if action == "SELL" else 20)
        held[account] += units if action == "BUY" else -units
        events.append((start + dt.timedelta(days=number), account, action, units, F(random.randint(60, 140))))
    today = events[-1][0] + dt.timedelta(days=random.choice((1, 10, 35, 200)))
    family = Family(
        "USD",
        [
            Account("A0", "USD", "He"),
            Account("A1", "USD", "She"),
            Account("A2", "USD", "He", "IRA", cash=Decimal(1)),
        ],
        [
            Asset("X", Decimal(random.choice((0, 0, "0.5"))), Decimal(random.randint(60, 140)), "USD", "us_security"),
        ],
        [],
        settings={
            "strategy": "threshold",
            "tax_country": "US",
            "taxable_income": Decimal(100_000),
            "lot_method": "fifo",
            "cooldown_days": 0,
            "last_rebalanced": today - dt.timedelta(days=1),
        },
    )
    family.assets[0].lock = random.choice(("", "", "no sell"))
    family.assets.append(Asset("CASH", 1 - family.assets[0].weight, Decimal(1), "USD"))
    for day, account, action, units, money in events:
        family.trades.append(Trade(day, account, action, "X", Decimal(units), Decimal(int(money)), "USD"))
    _hold(family, events, random)
    return family, history, events, today


def _hold(family: Family, events: list[Event], random: Random) -> None:
    """What is left of the purchases, first in first out, as the family would write it: at what it paid."""
    with_lots = random.random() < 0.7
    for name in ("A0", "A1", "A2"):
        bought = [
            [day, units, money] for day, account, action, units, money in events if (account, action) == (name, "BUY")
        ]
        gone = sum(units for _, account, action, units, _ in events if (account, action) == (name, "SELL"))
        for row in bought:
            now = min(gone, row[1])
            row[1], gone = row[1] - now, gone - now
        left = [row for row in bought if row[1]]
        if not left:
            continue
        units = sum(row[1] for row in left)
        cost = Decimal(int(sum(row[1] * row[2] for row in left))) / units
        family.holdings.append(Holding(name, "X", Decimal(units), cost.quantize(Decimal("0.0001"))))
        for day, part, money in left if with_lots else ():
            family.lots.append(Lot(name, "X", day, Decimal(part), Decimal(int(money))))


def differences(random: Random) -> list[str] | None:
    """Gains of the year, recorded and planned, short and long, against the ledger."""
    family, history, events, today = family_of(random)
    if not family.holdings:
        return None
    plan = planned(family, today, now=True).plan
    sold = [o for o in plan.orders if o.target.code == "X" and o.action == "SELL"]
    if any(o.action == "BUY" and o.target.code == "X" for o in plan.orders) or plan.tax is None:
        return None
    if sold and not family.lots:
        return None  # without lots the planned sale counts at the average cost and as short
    planned_events = [(today, o.account, "SELL", int(o.quantity or 0), F(o.price or 0)) for o in sold]
    results = history.run([*events, *planned_events])
    if history.unclear:
        return None
    recorded, now = Result(), Result()
    sales = [e for e in [*events, *planned_events] if e[2] == "SELL"]
    for number, (event, result) in enumerate(zip(sales, results, strict=True)):
        into = now if number >= len(sales) - len(planned_events) else recorded
        if event[0].year == today.year:
            into.short, into.long, into.disallowed = (
                into.short + result.short,
                into.long + result.long,
                into.disallowed + result.disallowed,
            )
    found = []
    for state, result in (("realised", recorded), ("planned", now)):
        for kind in ("short", "long"):
            shown = next((i.amount for i in plan.tax.items if in_english(i.item) == f"Gains {state}, {kind}"), None)
            if abs(F(shown or 0) - getattr(result, kind)) > F(5, 100):
                found.append(f"gains {state}, {kind}: {shown}, should be {float(getattr(result, kind)):.2f}")
    return found
