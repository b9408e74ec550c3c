"""What the record of trades realised: each sale with its cost, its tax year and the losses that purchases undo.

The cost of a sale is that of the purchases in the record, in the order of the account's lot method, each side at its
own exchange rate. Where the record does not hold all that it may have taken, the sale's own column Gain counts;
without it nobody knows, and it is said. Of a washed loss, the units bought instead carry what does not count (IRS
Publication 550, "Wash Sales"): it adds to their cost, and they count as held since the units they replace; in an
account that is not taxed it is lost (Revenue Ruling 2008-5).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlrebal.domain.household import Action, LotMethod
from xlrebal.domain.quantities import ZERO, round_money
from xlrebal.domain.tax_rules import Gains, TaxClass
from xlrebal.engine.tax.carried_losses import Open, place_losses
from xlrebal.engine.tax.complete_record import explains_sales
from xlrebal.engine.tax.lots import held_longer, lot_method, purchase_rate
from xlrebal.engine.tax.settlement import settled, tax_year
from xlrebal.engine.tax.wash_sales import Purchase, free_again, purchases
from xlrebal.engine.tax.year_tax import tax_currency, taxpayer, taxpayers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from xlrebal.domain.household import Account, Household, Lot, Trade
    from xlrebal.domain.plan import Unplaced
    from xlrebal.domain.policy import Policy
    from xlrebal.domain.tax_rules import TaxRules

    # Units, day since which they are held, proceeds, cost, gain.
    _Piece = tuple[Decimal, dt.date | None, Decimal | None, Decimal | None, Decimal]


@dataclass(frozen=True)
class Realized:
    """Units of one recorded sale that were bought together. Amounts in tax currency.

    Attributes:
        trade: The sale.
        account: Where it was made.
        settled: Day on which it counts.
        year: Tax year in which it counts.
        units: How many.
        acquired: Day from which they count as held; None where it is not known.
        proceeds: What they brought, costs deducted; None where only the gain is recorded.
        cost: What they cost, washed losses of earlier sales included; None where only the gain is recorded.
        gain: Proceeds minus cost.
        long: True when they count as held long.
        washed: Part of the loss that does not count, positive.
        lost: True when some of it is lost for good, in an account that is not taxed.

    """

    trade: Trade
    account: Account
    settled: dt.date
    year: int
    units: Decimal
    acquired: dt.date | None
    proceeds: Decimal | None
    cost: Decimal | None
    gain: Decimal
    long: bool = False
    disallowed: Decimal = ZERO
    lost: bool = False

    @property
    def counted(self) -> Decimal:
        """The gain as it counts for tax."""
        return self.gain + self.disallowed


@dataclass(frozen=True)
class Ledger:
    """Sales of the record whose gain is known, those whose gain is not, and what must not be bought back yet.

    ``unknown`` are sales of this tax year, those of assets among them of which nobody says how they are taxed;
    ``do_not_buy`` holds the first free day by code, ``in_doubt`` that of sales which may have been at a loss;
    ``recent`` the purchases, by code, that would wash a loss of today: what stood for an earlier loss already is
    left out. ``lots`` are those of the household, with the washed losses that their units took up; ``unplaced`` the
    losses whose units are not known.
    """

    realized: tuple[Realized, ...] = ()
    unknown: tuple[Trade, ...] = ()
    do_not_buy: dict[str, dt.date] = field(default_factory=dict)
    in_doubt: dict[str, dt.date] = field(default_factory=dict)
    recent: dict[str, tuple[Purchase, ...]] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()

    def year_so_far(self, household: Household, policy: Policy, today: dt.date) -> dict[str, Gains]:
        """Return each taxpayer's gains of the tax year of a sale today; those of the settings go to the first one.

        The settings count for the tax year that they name (``realized_year``); where they name none, for that of the
        calendar: when a sale today counts for another, they speak of the year before and do not count.
        """
        rules = policy.tax
        if rules is None:
            return {}
        payers = taxpayers(household.accounts, rules) or ("",)
        gains = dict.fromkeys(payers, Gains())
        if _year(household, rules, today) == (policy.realized_year or today.year):
            gains[payers[0]] = Gains(policy.realized_short_gains, policy.realized_gains)
        for one in self.realized:
            tax_class = _class(household, rules, one.trade.code)
            if tax_class is not None and one.year == tax_year(today, tax_class, rules):
                payer = taxpayer(one.account, rules)
                gains[payer] = gains.get(payer, Gains()) + tax_class.gains(one.counted, long=one.long)
        return gains

    def unknown_payers(self, household: Household, policy: Policy) -> frozenset[str]:
        """Return the taxpayers who sold at an unknown gain this tax year: all where the account is not known."""
        rules = policy.tax
        if rules is None or not self.unknown:
            return frozenset()
        accounts = {account.name: account for account in household.accounts}
        if len(accounts) == 1 or any(trade.account not in accounts for trade in self.unknown):
            return frozenset(taxpayers(household.accounts, rules))
        return frozenset(taxpayer(accounts[trade.account], rules) for trade in self.unknown)


def _year(household: Household, rules: TaxRules, today: dt.date) -> int:
    classes = [_class(household, rules, target.code) for target in household.targets]
    return min((tax_year(today, one, rules) for one in classes if one is not None), default=today.year)


def _class(household: Household, rules: TaxRules, code: str) -> TaxClass | None:
    """The class of an asset, where its gains are netted over the year."""
    target = next((t for t in household.targets if t.code == code), None)
    found = rules.classes.get(target.tax_class) if target else None
    return found if found and found.netted else None


def _named_class(household: Household, rules: TaxRules, code: str) -> TaxClass | None:
    """The class of an asset, netted or not, its rates known or not; None where Targets name none."""
    target = next((t for t in household.targets if t.code == code), None)
    name = target.tax_class if target else ""
    return rules.classes.get(name) or rules.unrated.get(name)


_UNNAMED = TaxClass("", ZERO, netted=True, long_rate=ZERO)
"""Stands for the class of an asset that has none: its sales are told purchase by purchase, never taxed."""


def keep_ledger(household: Household, policy: Policy, today: dt.date) -> Ledger:
    """Return what the record of trades realised up to today."""
    rules = policy.tax
    if rules is None or not (household.trades or household.lots):
        return Ledger(lots=household.lots)
    realized: list[Realized] = []
    losses: list[Trade] = []
    doubts: list[Trade] = []
    unknown: list[Trade] = []
    recent: dict[str, tuple[Purchase, ...]] = {}
    units: list[Open] = []
    aging: set[str] = set()
    for code in dict.fromkeys([*(t.code for t in household.trades), *(lot.code for lot in household.lots)]):
        tax_class = _named_class(household, rules, code)
        if tax_class is not None and not tax_class.netted:
            continue
        book = _Book(household, policy, rules, tax_class or _UNNAMED, code)
        for trade in _in_time(household.trades, code, today):
            book.enter(trade)
        # The law undoes losses whatever the rates are, and while nobody has said what they are.
        losses += [one.trade for one in book.realized if one.gain < 0]
        doubts += book.unknown
        recent[code] = book.recent(today)
        units += book.open
        if tax_class is None:
            sales = dict.fromkeys([*(one.trade for one in book.realized), *book.unknown])
            unknown += _of_this_year(sales, _netted(rules), rules, today)
        elif tax_class.name in rules.classes:
            aging |= {code} if tax_class.long_rate is not None else set()
            realized += book.realized
            unknown += _of_this_year(book.unknown, (tax_class,), rules, today)
    lots, unplaced = place_losses(household, units, today, aging)
    return Ledger(
        tuple(realized),
        tuple(unknown),
        do_not_buy=_do_not_buy(losses, rules, today),
        in_doubt=_do_not_buy(doubts, rules, today),
        recent=recent,
        lots=lots,
        unplaced=unplaced,
    )


def _netted(rules: TaxRules) -> tuple[TaxClass, ...]:
    return tuple(one for one in (*rules.classes.values(), *rules.unrated.values()) if one.netted)


def _of_this_year(trades: Iterable[Trade], classes: Sequence[TaxClass], rules: TaxRules, today: dt.date) -> list[Trade]:
    """The trades that count for the tax year of a sale today, in one of some classes."""
    return [t for t in trades if any(tax_year(t.date, one, rules) == tax_year(today, one, rules) for one in classes)]


def _in_time(trades: Iterable[Trade], code: str, today: dt.date) -> list[Trade]:
    return sorted((t for t in trades if t.code == code and t.date <= today and t.action.is_order), key=lambda t: t.date)


def _do_not_buy(sales: Iterable[Trade], rules: TaxRules, today: dt.date) -> dict[str, dt.date]:
    """Codes of sales within the window, with the first day on which buying them back undoes nothing."""
    if rules.wash_sale_days is None:
        return {}
    free: dict[str, dt.date] = {}
    for sale in sales:
        day = free_again(sale.date, rules.wash_sale_days)
        if day > today:
            free[sale.code] = max(day, free.get(sale.code, day))
    return free


def _ordered(lots: list[Open], method: LotMethod) -> list[Open]:
    """Specific lots and least tax cannot be told afterwards: the oldest go first, of one day the dearest."""
    oldest_first = sorted(lots, key=lambda lot: (lot.bought, -lot.paid / lot.units))
    if method is LotMethod.LIFO:
        return sorted(oldest_first, key=lambda lot: lot.bought, reverse=True)
    if method is LotMethod.HIGHEST_COST and all(lot.cost is not None for lot in lots):
        return sorted(oldest_first, key=lambda lot: -(lot.cost or ZERO) / lot.units)
    return oldest_first


def _as_named(lots: list[Open], trade: Trade, rate: Decimal | None) -> list[Open]:
    """The units that a sale names by the day of their purchase come first, and alone where it tells its own gain.

    Units bought on one day may cost differently, where some took up a washed loss: the gain tells which they are.
    """
    if trade.acquired is None:
        return lots
    named = [lot for lot in lots if lot.bought == trade.acquired]
    if trade.gain is None:
        return [*named, *(lot for lot in lots if lot.bought != trade.acquired)]
    if rate is None or not trade.quantity:
        return named
    cost = trade.price * rate - (trade.commission * rate + trade.gain) / trade.quantity
    return sorted(named, key=lambda lot: ZERO if lot.cost is None else abs(lot.cost / lot.units - cost))


def _level_costs(lots: list[Open]) -> None:
    """Give every unit the average cost; the last lot takes what rounding leaves."""
    costs = [lot.cost for lot in lots if lot.cost is not None]
    if len(costs) < len(lots) or not lots:
        return
    whole, units = sum(costs, ZERO), sum((lot.units for lot in lots), ZERO)
    for lot in lots[:-1]:
        lot.cost = whole * lot.units / units
    lots[-1].cost = whole - sum((lot.cost for lot in lots[:-1] if lot.cost is not None), ZERO)


@dataclass
class _Bought:
    """A purchase and how much of it may still stand for units sold at a loss."""

    date: dt.date
    account: str
    free: Decimal


@dataclass
class _Carried:
    """A washed loss waiting for the purchase that takes it up."""

    units: Decimal
    loss: Decimal
    days: dt.timedelta


@dataclass(frozen=True)
class _Sale:
    """Units sold at a loss; ``sold`` holds what the same trade sells, by day of purchase."""

    day: dt.date
    account: str
    units: Decimal
    gain: Decimal
    since: dt.date | None
    bought: dt.date | None
    sold: dict[dt.date | None, Decimal]


class _Book:
    """The trades of one security over all accounts, entered in the order of their days."""

    def __init__(self, household: Household, policy: Policy, rules: TaxRules, tax_class: TaxClass, code: str) -> None:
        self._household, self._policy, self._rules, self._class = household, policy, rules, tax_class
        self._money = tax_currency(household, rules)
        self._accounts = {account.name: account for account in household.accounts}
        self.open: list[Open] = []
        self._carried: dict[tuple[str, dt.date], list[_Carried]] = {}
        known = purchases(household, code) if rules.wash_sale_days is not None else ()
        self._bought = [_Bought(one.date, one.account, one.units) for one in known]
        self.realized: list[Realized] = []
        self.unknown: list[Trade] = []

    def enter(self, trade: Trade) -> None:
        """Enter the next trade."""
        if trade.action is Action.BUY:
            self._buy(trade)
        elif (account := self._account(trade)) is None:
            # Nobody knows whose gain it is, nor whether it is taxed.
            self._take(trade)
            self.unknown.append(trade)
        elif account.type in self._rules.deferred_accounts:
            self._take(trade)
        else:
            self._sell(trade, account)

    def recent(self, today: dt.date) -> tuple[Purchase, ...]:
        """Return what of the purchases within the window before a day stands for no loss yet."""
        since = today - dt.timedelta(days=self._rules.wash_sale_days or 0)
        return tuple(
            Purchase(one.date, one.free, one.account) for one in self._bought if since <= one.date <= today and one.free
        )

    def _account(self, trade: Trade) -> Account | None:
        return self._accounts.get(self._name(trade))

    def _name(self, trade: Trade) -> str:
        return self._household.account_name(trade.account)

    def _rate(self, trade: Trade) -> Decimal | None:
        """Tax currency for one unit of the trade's currency on its day; None where the record does not say."""
        return purchase_rate(trade.currency or self._currency(trade), self._money, trade.fx_rate)

    def _currency(self, trade: Trade) -> str:
        sample = next((h.currency for h in self._household.holdings if h.code == trade.code), "")
        target = next((t.currency for t in self._household.targets if t.code == trade.code), "")
        account = self._account(trade)
        return sample or target or (account.currency if account else self._household.base_currency)

    def _buy(self, trade: Trade) -> None:
        rate = self._rate(trade)
        cost = None if rate is None else (trade.quantity * trade.price + trade.commission) * rate
        paid = trade.quantity * trade.price + trade.commission
        lot = Open(self._name(trade), trade.code, trade.date, trade.date, trade.quantity, cost, paid, trade.fx_rate)
        self.open.append(lot)
        # What one purchase of the day cannot take up waits for the next one.
        for carried in self._carried.pop((lot.account, lot.bought), []):
            self._hand_over(carried, [lot], (lot.account, lot.bought))

    def _take(self, trade: Trade) -> list[Open]:
        """Take the units of a sale out of what is open; fewer when the record lacks their purchase."""
        name, left = self._name(trade), trade.quantity
        method = self._method(trade)
        mine = _ordered([lot for lot in self.open if lot.account == name and lot.units], method)
        if method is LotMethod.AVERAGE:
            _level_costs(mine)
        mine = _as_named(mine, trade, self._rate(trade))
        taken = []
        for lot in mine:
            part = min(left, lot.units)
            if part:
                taken.append(lot.part(part))
            left -= part
        self.open = [lot for lot in self.open if lot.units]
        return taken

    def _method(self, trade: Trade) -> LotMethod:
        account = self._account(trade)
        return lot_method(account or self._household.accounts[0], self._policy, self._class)

    def _sell(self, trade: Trade, account: Account) -> None:
        parts, rate = self._take(trade), self._rate(trade)
        if trade.gain is not None:
            self._tell(trade, account, parts, trade.gain)
            return
        complete = sum((part.units for part in parts), ZERO) == trade.quantity
        complete = complete and self._explains(trade, parts)
        if rate is None or not complete or any(part.cost is None for part in parts):
            self.unknown.append(trade)
            return
        proceeds = (trade.quantity * trade.price - trade.commission) * rate
        if self._method(trade) is LotMethod.AVERAGE and self._class.long_rate is None:
            cost = sum((part.cost or ZERO for part in parts), ZERO)
            self._settle(trade, account, [(trade.quantity, None, proceeds, cost, proceeds - cost)], None)
            return
        pieces: list[_Piece] = []
        for part in parts:
            brought, cost = proceeds * part.units / trade.quantity, part.cost or ZERO
            pieces.append((part.units, part.held_since, brought, cost, brought - cost))
        self._settle(trade, account, pieces, *(part.bought for part in parts))

    def _explains(self, trade: Trade, parts: Iterable[Open]) -> bool:
        """Whether the record tells which units a sale took: it has all that there were, or the sale names its own."""
        method = self._method(trade)
        if method is not LotMethod.AVERAGE and all(part.bought == trade.acquired for part in parts):
            return True
        return explains_sales(self._household, (self._name(trade), trade.code), method)

    def _tell(self, trade: Trade, account: Account, parts: list[Open], gain: Decimal) -> None:
        """Enter a sale that tells its gain; where the record holds its units it knows since when they are held."""
        known = sum((part.units for part in parts), ZERO) == trade.quantity
        if self._class.long_rate is None or not known:
            self._settle(trade, account, [(trade.quantity, trade.acquired, None, None, gain)], trade.acquired)
            return
        costs = [ZERO if any(p.cost is None for p in parts) else part.cost or ZERO for part in parts]
        # What it gained over the cost of all of it, as much for each unit; the last part takes what rounding leaves.
        each = (gain + sum(costs, ZERO)) / trade.quantity
        gains = [round_money(each * p.units - c, self._money) for p, c in zip(parts, costs, strict=True)]
        gains[-1] = gain - sum(gains[:-1], ZERO)
        pieces: list[_Piece] = [(p.units, p.held_since, None, None, g) for p, g in zip(parts, gains, strict=True)]
        self._settle(trade, account, pieces, *(part.bought for part in parts))

    def _settle(self, trade: Trade, account: Account, pieces: list[_Piece], *bought: dt.date | None) -> None:
        money, rules = self._money, self._rules
        sold = self._named_beside(trade)
        for piece, day in zip(pieces, bought, strict=True):
            sold[day] = sold.get(day, ZERO) + piece[0]
        for (units, since, brought, cost, gain), day in zip(pieces, bought, strict=True):
            whole = round_money(gain, money)
            sale = _Sale(trade.date, account.name, units, whole, since, day, sold)
            disallowed, lost = self._wash(sale) if whole < 0 else (ZERO, False)
            long = self._class.long_rate is not None and since is not None
            self.realized.append(
                Realized(
                    trade=trade,
                    account=account,
                    settled=settled(trade.date, self._class, rules),
                    year=tax_year(trade.date, self._class, rules),
                    units=units,
                    acquired=since,
                    proceeds=None if brought is None else round_money(brought, money),
                    cost=None if cost is None else round_money(cost, money),
                    gain=whole,
                    long=long and since is not None and held_longer(since, self._class.long_after_years, trade.date),
                    disallowed=disallowed,
                    lost=lost,
                )
            )

    def _named_beside(self, trade: Trade) -> dict[dt.date | None, Decimal]:
        """What other rows of the same day and account sell, where they name the day of purchase: one order in parts."""
        sold: dict[dt.date | None, Decimal] = {}
        for other in self._household.trades:
            same = (other.code, other.date, other.action) == (trade.code, trade.date, trade.action)
            if same and other is not trade and other.acquired is not None and self._name(other) == self._name(trade):
                sold[other.acquired] = sold.get(other.acquired, ZERO) + other.quantity
        return sold

    def _wash(self, sale: _Sale) -> tuple[Decimal, bool]:
        """Match a loss with purchases around it; return what of it does not count, and whether some is lost."""
        if self._rules.wash_sale_days is None:
            return ZERO, False
        window, left, lost = dt.timedelta(days=self._rules.wash_sale_days), sale.units, False
        held = sale.day - (sale.since or sale.day)
        for one in self._bought:
            own = one.account == sale.account
            if (own and one.date == sale.bought) or abs(one.date - sale.day) > window or not left:
                continue
            # What is sold together with it replaces nothing.
            part = min(left, max(one.free - (sale.sold.get(one.date, ZERO) if own else ZERO), ZERO))
            if not part:
                continue
            one.free -= part
            left -= part
            lost |= self._carry(one, _Carried(part, -sale.gain * part / sale.units, held))
        return round_money(-sale.gain * (sale.units - left) / sale.units, self._money), lost

    def _carry(self, one: _Bought, carried: _Carried) -> bool:
        """Give a washed loss to the units bought instead; return whether it is lost with them."""
        account = self._accounts.get(one.account)
        if account is not None and account.type in self._rules.deferred_accounts:
            return True
        key = (one.account, one.date)
        self._hand_over(carried, [lot for lot in self.open if (lot.account, lot.bought) == key], key)
        return False

    def _hand_over(self, carried: _Carried, lots: Iterable[Open], key: tuple[str, dt.date]) -> None:
        """Add a washed loss to the cost of units bought instead; they count as held as long as those they replace."""
        left = carried.units
        for lot in [lot for lot in lots if lot.units]:
            units = min(left, lot.units)
            if units:
                part = lot.part(units)
                part.held_since -= carried.days
                part.take_up(carried.loss * units / carried.units)
                self.open.append(part)
                left -= units
        if left:
            rest = _Carried(left, carried.loss * left / carried.units, carried.days)
            self._carried.setdefault(key, []).append(rest)
