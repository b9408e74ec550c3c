"""Alerts over real local servers: what arrives, and what a channel that fails does not change."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from books import FAMILY, settings, write_book, xlrebal

RECIPES = Path(__file__).parent.parent.parent / "docs" / "recipes"
DUE, CALM = "2026-04-01", "2026-03-04"


@pytest.fixture
def family(tmp_path: Path) -> Path:
    even = [
        FAMILY["Holdings"][0],
        ("Main", "069500", "Korea", 40, 1000, None),
        ("Main", "360750", "World", 60, 1000, None),
    ]
    return write_book(tmp_path / "family.xlsx", FAMILY | {"Holdings": even, "Settings": settings()})


class Receiver(HTTPServer):
    """Keeps what is posted to it and answers with a status."""

    def __init__(self, status: int = 200) -> None:
        self.posted: list[Any] = []
        self.status = status

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.posted.append(json.loads(body))
                handler.send_response(self.status)
                handler.end_headers()

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://user:sesame@127.0.0.1:{self.server_port}/"


@pytest.fixture
def web() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()


class Inbox:
    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Inbox, str]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield inbox, f"mailto://127.0.0.1:{controller.port}?from=xlrebal@example.org&to=family@example.org"
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_due_rebalance_is_posted(family: Path, web: Receiver) -> None:
    run = xlrebal("check", family, "--as-of", DUE, "--notify", web.address)
    assert run.status == 10
    (posted,) = web.posted
    assert posted["title"] == "xlrebal: rebalance due in family.xlsx"
    assert "rebalance due: the scheduled rebalance of 2026-04-01" in posted["message"]
    assert "Total value 100,000 KRW" in posted["message"]


def test_drift_and_orders_are_in_the_message(tmp_path: Path, web: Receiver) -> None:
    path = write_book(tmp_path / "family.xlsx")
    assert xlrebal("check", path, "--as-of", CALM, "--notify", web.address).status == 10
    text = web.posted[0]["message"]
    assert "Out of band:\n  Korea: +" in text or "Largest orders:" in text
    assert "SELL" in text
    assert "BUY" in text
    assert "World" in text


def test_nothing_due_is_told_only_on_request(family: Path, web: Receiver) -> None:
    assert xlrebal("check", family, "--as-of", CALM, "--notify", web.address).status == 0
    assert web.posted == []
    assert xlrebal("check", family, "--as-of", CALM, "--notify", web.address, "--notify-always").status == 0
    assert web.posted[0]["title"] == "xlrebal: nothing due in family.xlsx"


def test_a_korean_family_is_alerted_in_korean(tmp_path: Path, web: Receiver) -> None:
    path = write_book(tmp_path / "family.xlsx", FAMILY | {"Settings": settings(language="ko")})
    assert xlrebal("check", path, "--as-of", CALM, "--notify", web.address, "nosuchservice://x").status == 10
    (posted,) = web.posted
    assert posted["title"] == "xlrebal: family.xlsx, 리밸런싱 필요"
    words = ("2026-03-04 총 평가액 7,500,000 KRW", "큰 주문:\n  매도 ", "  매수 World ", "투자 조언이 아닙니다")
    for word in words:
        assert word in posted["message"]
    run = xlrebal("check", path, "--as-of", CALM, "--notify", "nosuchservice://x")
    assert "family.xlsx: 경고: 알림 1: 알 수 없는 서비스의 주소입니다." in run.err


def test_mail_arrives(family: Path, mail: tuple[Inbox, str]) -> None:
    inbox, address = mail
    assert xlrebal("check", family, "--as-of", DUE, "--notify", address).status == 10
    (envelope,) = inbox.mails
    assert envelope.rcpt_tos == ["family@example.org"]
    assert b"rebalance due" in envelope.content


def test_addresses_come_from_the_environment_and_from_a_file(
    family: Path, web: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLREBAL_NOTIFY", web.address)
    file = tmp_path / "addresses"
    file.write_text(f"# ours\n{web.address}\n", encoding="utf-8")
    monkeypatch.setenv("XLREBAL_NOTIFY_FILE", str(file))
    assert xlrebal("check", family, "--as-of", DUE, "--notify").status == 10
    assert len(web.posted) == 2


def test_without_an_address_the_usage_is_wrong(family: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLREBAL_NOTIFY", raising=False)
    run = xlrebal("check", family, "--as-of", DUE, "--notify")
    assert (run.status, run.out) == (2, "")
    assert "XLREBAL_NOTIFY" in run.err


@pytest.mark.parametrize("kind", ["refused", "unknown", "turned away", "silent"])
def test_a_channel_that_fails_does_not_hide_the_verdict_nor_show_its_secret(
    family: Path, kind: str, web: Receiver
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = free_port() if kind == "refused" else listening.getsockname()[1]
    web.status = 403
    address = {
        "refused": f"json://user:sesame@127.0.0.1:{port}/",
        "unknown": "nosuchservice://sesame",
        "turned away": web.address,
        # It takes the connection and never answers.
        "silent": f"json://user:sesame@127.0.0.1:{port}/?cto=0.5&rto=0.5",
    }[kind]
    run = xlrebal("check", family, "--as-of", DUE, "--notify", address, "--json")
    listening.close()
    assert run.status == 10
    assert run.data["trigger"]["due"] is True
    assert "family.xlsx: warning: alert 1" in run.err
    assert "sesame" not in run.err + run.out


def test_one_failing_channel_does_not_stop_the_others(family: Path, web: Receiver) -> None:
    run = xlrebal("check", family, "--as-of", DUE, "--notify", "nosuchservice://x", web.address)
    assert (run.status, len(web.posted)) == (10, 1)


def test_the_workbook_stays_untouched(family: Path, web: Receiver) -> None:
    before = family.read_bytes()
    xlrebal("check", family, "--as-of", DUE, "--notify", web.address)
    assert family.read_bytes() == before


def test_the_recipes_are_whole() -> None:
    steps = yaml.safe_load((RECIPES / "weekly-check.yml").read_text(encoding="utf-8"))["jobs"]["check"]["steps"]
    assert any("xlrebal check" in step.get("run", "") for step in steps)
    for name in ("xlrebal-check.service", "xlrebal-check.timer", "crontab", "xlrebal-check.ps1"):
        assert "xlrebal" in (RECIPES / name).read_text(encoding="utf-8")
