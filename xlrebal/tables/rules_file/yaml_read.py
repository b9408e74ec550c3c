"""Read a rules file (``portfolio_config.yaml``) as the tables it stands for: Targets, Groups, Settings."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from xlrebal.domain.message import Message
from xlrebal.errors import FileError, Finding, InputError
from xlrebal.tables.contract.schema import GROUPS, SETTINGS, TARGETS, Table
from xlrebal.tables.contract.settings import SETTINGS_BY_NAME, read_settings
from xlrebal.tables.read.records import Record, TableRecords, make_record
from xlrebal.workbook.cells import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from xlrebal.errors import Text

# Where each setting of the file goes; None: known, but it says nothing about the plan.
PATHS = {
    "portfolio.name": None,
    "portfolio.owner": None,
    "portfolio.broker": None,
    "portfolio.base_currency": "base_currency",
    "portfolio.rebalancing.strategy": "strategy",
    "portfolio.rebalancing.scheduled.frequency": "frequency",
    "portfolio.rebalancing.scheduled.months": "months",
    "portfolio.rebalancing.scheduled.day": "day",
    "portfolio.rebalancing.scheduled.exchange": "exchange",
    "portfolio.rebalancing.drift_trigger.threshold": "drift_threshold",
    "portfolio.rebalancing.drift_trigger.measure": "drift_measure",
    "portfolio.rebalancing.drift_trigger.check_frequency": "check_frequency",
    "portfolio.rebalancing.max_interval_days": "max_interval_days",
    "portfolio.rebalancing.method": "method",
    "portfolio.rebalancing.rebalance_to": "rebalance_to",
    "portfolio.rebalancing.cash_method": "cash_method",
    "portfolio.rebalancing.constraints.min_trade_amount": "min_trade_amount",
    "portfolio.rebalancing.constraints.avoid_ex_dividend_dates": "avoid_ex_dividend_dates",
    "portfolio.rebalancing.constraints.ex_dividend_days": "ex_dividend_days",
    "portfolio.rebalancing.constraints.tax_loss_harvesting": "tax_loss_harvesting",
    "portfolio.costs.etf_commission_rate": "commission_rate",
    "portfolio.costs.slippage_estimate": "slippage_rate",
    "portfolio.costs.fx_spread": "fx_spread",
    # Tax rates come from the dated rules of the tax country, by tax class.
    "portfolio.costs.etf_tax_rate": None,
    "portfolio.costs.overseas_etf_tax_rate": None,
}
_ALLOCATION = "portfolio.allocation"
_OWN_SETTINGS = "portfolio.settings"
ASSET_KEYS = {
    "ticker": "name",
    "name": "name",
    "code": "code",
    "target": "weight",
    "min": "minimum",
    "max": "maximum",
    "tax_class": "tax_class",
    "price": "price",
    "currency": "currency",
    "fractional": "fractional",
    "lock": "lock",
    "replacement": "replacement",
    "risk": "risk",
}
GROUP_KEYS = {"weight": "weight", "min": "minimum", "max": "maximum", "parent": "parent"}


def read_rules(path: Path) -> dict[str, TableRecords]:
    """Return the tables of a rules file by key, each value with its place (``rules.yaml:12``).

    Every scalar is taken as text, so codes keep their zeros and numbers are exact.
    Raises ``FileError`` when the file cannot be read, ``InputError`` with every problem in it.
    """
    root = _load(path)
    reader = _Reader(path.name)
    reader.read(root)
    read_settings(reader.settings, reader.findings)
    if reader.findings:
        raise InputError(reader.findings)
    tables = {SETTINGS.key: TableRecords(SETTINGS, path.name, tuple(reader.settings))}
    if reader.targets:
        tables[TARGETS.key] = TableRecords(TARGETS, path.name, tuple(reader.targets))
        tables[GROUPS.key] = TableRecords(GROUPS, path.name, tuple(reader.groups))
    return tables


def _load(path: Path) -> Any:
    # Imported here: only a run with a rules file needs it.
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(Message("rules.cannot_be_read", file=str(path), reason=_why(error))) from error
    try:
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}:{mark.line + 1}" if mark else path.name
        problem = getattr(error, "problem", None)
        reason = Message("rules.no_yaml_here", of=problem) if problem else Message("rules.no_yaml")
        raise InputError([Finding(place, Message("rules.not_read", reason=reason))]) from error


def _why(error: Exception) -> Text:
    return error.strerror or str(error) if isinstance(error, OSError) else Message("rules.no_utf8")


def _nearest(word: str, known: Iterable[str]) -> Text:
    """The name that was probably meant, without its path; empty where none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return Message("rules.did_you_mean", word=near[0].rpartition(".")[2]) if near else ""


class _Reader:
    """Walks the file once and collects records and findings."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.settings: list[Record] = []
        self.targets: list[Record] = []
        self.groups: list[Record] = []

    def read(self, root: Any) -> None:
        """Read the whole file into ``settings``, ``targets``, ``groups`` and ``findings``."""
        if root is None or root.id != "mapping":
            self._say(root, Message("rules.no_rules"), Message("rules.start_with_portfolio"))
            return
        self._walk(root, "")

    def _place(self, node: Any) -> str:
        return f"{self.file}:{node.start_mark.line + 1}" if node is not None else self.file

    def _say(self, node: Any, message: Message, hint: Text = "") -> None:
        self.findings.append(Finding(self._place(node), message, hint))

    def _walk(self, node: Any, path: str) -> None:
        for key, value in node.value:
            here = f"{path}.{key.value}" if path else key.value
            if here == _ALLOCATION:
                self._allocation(value)
            elif here == _OWN_SETTINGS:
                self._own_settings(value)
            elif here in PATHS:
                self._setting(PATHS[here], key, value)
            elif value.id == "mapping" and any(known.startswith(here + ".") for known in PATHS):
                self._walk(value, here)
            else:
                self._unknown(key, here)

    def _own_settings(self, node: Any) -> None:
        """Settings of the workbook that the rest of the file has no place for, by their own names."""
        for key, value in self._pairs(node, Message("rules.settings_as_pairs")):
            if key.value in SETTINGS_BY_NAME:
                self._setting(key.value, key, value)
            else:
                hint = _nearest(key.value, SETTINGS_BY_NAME)
                self._say(key, Message("rules.no_setting", setting=str(key.value)), hint)

    def _unknown(self, key: Any, here: str) -> None:
        self._say(key, Message("rules.unknown_key", key=here), _nearest(here, PATHS))

    def _setting(self, name: str | None, key: Any, value: Any) -> None:
        if name is None:
            return
        text = ",".join(item.value for item in value.value) if value.id == "sequence" else value.value
        cells = {"setting": RawCell(name), "value": RawCell(text)}
        places = {"setting": self._place(key), "value": self._place(value)}
        self.settings.append(make_record(SETTINGS, cells, places, self.findings))

    def _allocation(self, node: Any) -> None:
        if node.id != "mapping":
            self._say(node, Message("rules.allocation_of_groups"))
            return
        for group, body in node.value:
            entries = {key.value: value for key, value in body.value} if body.id == "mapping" else {}
            known = {column: entries[key] for key, column in GROUP_KEYS.items() if key in entries}
            if "assets" not in entries and "weight" not in entries:
                self._say(group, Message("rules.group_without_assets", group=str(group.value)))
                continue
            if "weight" in entries:
                self._record(GROUPS, self.groups, {"name": group, **known})
            for asset in entries["assets"].value if "assets" in entries else ():
                self._asset(group, asset)

    def _asset(self, group: Any, asset: Any) -> None:
        nodes = {"group": group} if group.value else {}
        for key, value in self._pairs(asset, Message("rules.asset_as_pairs")):
            if key.value in ASSET_KEYS:
                nodes[ASSET_KEYS[key.value]] = value
            else:
                hint = Message("rules.use", choices=tuple(ASSET_KEYS))
                self._say(key, Message("rules.unknown_key", key=str(key.value)), hint)
        self._record(TARGETS, self.targets, nodes)

    def _pairs(self, node: Any, otherwise: Message) -> Iterator[tuple[Any, Any]]:
        if node.id != "mapping":
            self._say(node, otherwise)
            return iter(())
        return iter(node.value)

    def _record(self, table: Table, into: list[Record], nodes: dict[str, Any]) -> None:
        cells = {key: RawCell(node.value) for key, node in nodes.items()}
        places = {key: self._place(node) for key, node in nodes.items()}
        into.append(make_record(table, cells, places, self.findings))
