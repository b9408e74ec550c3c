"""Write the rules of a workbook as YAML; a file that is there keeps its comments, its order and its own words."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlrebal.tables.contract.schema import GROUPS, SETTINGS, TARGETS
from xlrebal.tables.rules_file.rules import Key, Rules, as_text
from xlrebal.tables.rules_file.yaml_read import ASSET_KEYS, GROUP_KEYS, PATHS

if TYPE_CHECKING:
    from ruamel.yaml import YAML

_NUMBER_TAG = "tag:yaml.org,2002:float"
_NAME_OF = {setting: path for path, setting in PATHS.items() if setting}
_ASSET_FIELDS = {field: key for key, field in ASSET_KEYS.items() if key != "name"}
_GROUP_FIELDS = {field: key for key, field in GROUP_KEYS.items()}


def rules_yaml(rules: Rules, existing: str = "") -> str:
    """Return the rules as the text of a rules file.

    Args:
        rules: The rules of the workbook.
        existing: Text of the file as it is, or empty. Its comments stay; only values that differ are rewritten.

    """
    yaml = _yaml()
    root = (yaml.load(existing) if existing.strip() else None) or {}
    portfolio = root.setdefault("portfolio", {})
    for key, value in rules.items():
        if key.table == SETTINGS.key:
            path = _NAME_OF.get(key.id, f"portfolio.settings.{key.id}")
            _put(root, path.split("."), value)
    _remove_settings(root, rules)
    _write_allocation(portfolio.setdefault("allocation", {}), rules)
    out = io.StringIO()
    yaml.dump(root, out)
    return out.getvalue()


def _yaml() -> YAML:
    from ruamel.yaml import YAML  # rules export only
    from ruamel.yaml.representer import RoundTripRepresenter

    class Plain(RoundTripRepresenter):
        """Writes exact numbers with all their digits, never as a power of ten."""

    Plain.add_representer(Decimal, lambda own, number: own.represent_scalar(_NUMBER_TAG, as_text(number)))
    yaml = YAML()
    yaml.Representer = Plain
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _put(node: Any, path: list[str], value: object) -> None:
    for name in path[:-1]:
        if not isinstance(node.get(name), dict):
            node[name] = {}
        node = node[name]
    _set(node, path[-1], value)


def _set(node: Any, name: str, value: object) -> None:
    """Write a value where another one stands; 0.70 stays 0.70 when 0.7 is meant."""
    if name in node and _same(node[name], value):
        return
    node[name] = _plain(value)


def _same(written: object, value: object) -> bool:
    if isinstance(written, (list, tuple)):
        written = ",".join(str(item) for item in written)
    if isinstance(value, Decimal) and not isinstance(written, bool):
        try:
            return Decimal(str(written)) == value
        except ArithmeticError:
            return False
    return str(written).casefold() == as_text(value).casefold()


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, tuple) and all(isinstance(item, int) for item in value):
        from ruamel.yaml.comments import CommentedSeq

        months = CommentedSeq(value)
        months.fa.set_flow_style()
        return months
    return value if isinstance(value, (bool, int)) else as_text(value)


def _remove_settings(root: Any, rules: Rules) -> None:
    """A setting that the workbook no longer has goes from the file as well."""
    for setting, path in _NAME_OF.items():
        if Key(SETTINGS.key, setting) not in rules:
            _drop(root, path.split("."))
    own = root["portfolio"].get("settings") or {}
    for name in [name for name in own if Key(SETTINGS.key, name) not in rules]:
        del own[name]


def _drop(node: Any, path: list[str]) -> None:
    for name in path[:-1]:
        node = node.get(name)
        if not isinstance(node, dict):
            return
    node.pop(path[-1], None)


def _write_allocation(allocation: Any, rules: Rules) -> None:
    codes = list(dict.fromkeys(key.id for key in rules if key.table == TARGETS.key))
    groups = list(dict.fromkeys(key.id for key in rules if key.table == GROUPS.key))
    group_of = {code: str(rules.get(Key(TARGETS.key, code, "group"), "")) for code in codes}
    names = list(dict.fromkeys([*groups, *group_of.values()]))
    for name in [name for name in allocation if name not in names]:
        del allocation[name]
    for name in names:
        body = allocation.setdefault(name, {})
        for field, key in _GROUP_FIELDS.items():
            _set_or_drop(body, key, rules.get(Key(GROUPS.key, name, field)))
        own = [code for code in codes if group_of[code] == name]
        if own or "assets" in body:
            _write_assets(body, own, rules)


def _write_assets(body: Any, codes: list[str], rules: Rules) -> None:
    assets = body.setdefault("assets", [])
    known = {str(asset.get("code")): asset for asset in assets}
    for asset in [asset for asset in assets if str(asset.get("code")) not in codes]:
        assets.remove(asset)
    for code in codes:
        asset = known.get(code)
        if asset is None:
            asset = _flow_map()
            assets.append(asset)
        _write_asset(asset, code, rules)


def _flow_map() -> Any:
    from ruamel.yaml.comments import CommentedMap

    asset = CommentedMap()
    asset.fa.set_flow_style()
    return asset


def _write_asset(asset: Any, code: str, rules: Rules) -> None:
    from ruamel.yaml.scalarstring import SingleQuotedScalarString

    name = "name" if "name" in asset else "ticker"
    label = rules.get(Key(TARGETS.key, code, "name"))
    if label is None:
        asset.pop(name, None)
    elif not _same(asset.get(name), label):
        asset[name] = SingleQuotedScalarString(str(label))
    if str(asset.get("code")) != code:
        # Quoted, or 069500 would be read as a number.
        asset["code"] = SingleQuotedScalarString(code)
    for field, key in _ASSET_FIELDS.items():
        if field not in ("name", "code", "price", "currency"):
            _set_or_drop(asset, key, rules.get(Key(TARGETS.key, code, field)))


def _set_or_drop(node: Any, name: str, value: object | None) -> None:
    if value is None:
        node.pop(name, None)
    else:
        _set(node, name, value)
