"""From a notification to its document: the receiver and the loading script, as they are copied."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.examples.project import EXAMPLES, rows
from tests.support import QUICK, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.examples.project import Deployment

WEBHOOKS = EXAMPLES / "webhooks"
TOKEN = "a-token-of-the-test"  # noqa: S105


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox.jsonl"


@pytest.fixture
def port(inbox: Path) -> Iterator[int]:
    """Run the receiver on a free port."""
    with subprocess.Popen(
        [sys.executable, WEBHOOKS / "receiver.py", inbox, "--port=0"],
        env=environment(WEBHOOK_TOKEN=TOKEN),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        yield int(process.stderr.readline().rsplit(maxsplit=1)[-1])
        process.terminate()


def post(port: int, body: bytes, token: str = TOKEN, **headers: str) -> int:
    """Send a notification as Cin7 does and return how it was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    shown = headers or {"Authorization": f"Bearer {token}"}
    try:
        connection.request("POST", "/", body, shown)
        return connection.getresponse().status
    finally:
        connection.close()


def load(inbox: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    return subprocess.run(
        [WEBHOOKS / "load.sh", inbox],
        env=environment(**variables),
        cwd=inbox.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def plain_singer(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Return the two programs without Meltano; the target keeps the lines as they are."""
    config = {"api": "core", **sandbox.core_access, **QUICK}
    (folder / "config.json").write_text(json.dumps(config))
    return {
        "EXTRACT": f"{sys.executable} -m tap_cin7 --config={folder}/config.json",
        "LOAD": f"tee -a {folder}/loaded.jsonl",
        "PYTHONPATH": str(EXAMPLES.parent),
    }


def loaded(folder: Path, stream: str) -> list[dict[str, Any]]:
    """Return the records that reached the target."""
    lines = (folder / "loaded.jsonl").read_text().splitlines()
    messages = [json.loads(line) for line in lines]
    return [one["record"] for one in messages if one.get("stream") == stream and "record" in one]


def a_sale(sandbox: Sandbox) -> str:
    """Return the id of a sale that Cin7 has."""
    return str(sandbox.core.store.rows("sale_list")[3]["SaleID"])


def test_a_notification_leads_to_its_document_alone(inbox: Path, port: int) -> None:
    with Sandbox(default_rows=20) as sandbox:
        sale = a_sale(sandbox)
        body = {"EventType": "Sale/OrderAuthorised", "SaleID": sale.upper()}
        assert post(port, json.dumps(body, indent=2).encode()) == 204
        assert post(port, json.dumps(body).encode()) == 204
        done = load(inbox, **plain_singer(sandbox, inbox.parent))
    assert done.returncode == 0, done.stderr
    assert [row["ID"].lower() for row in loaded(inbox.parent, "sales")] == [sale.lower()]
    assert not inbox.exists()
    assert len(list(inbox.parent.glob("inbox.jsonl.*.done"))) == 1


def test_what_could_not_be_loaded_comes_again(inbox: Path, port: int) -> None:
    with Sandbox(default_rows=20) as sandbox:
        sale = a_sale(sandbox)
        body = {"EventType": "Sale/Voided", "SaleID": sale}
        assert post(port, json.dumps(body).encode()) == 204
        programs = plain_singer(sandbox, inbox.parent)
        assert load(inbox, **programs | {"LOAD": "false"}).returncode != 0
        assert load(inbox, **programs).returncode == 0
    assert [row["ID"] for row in loaded(inbox.parent, "sales")] == [sale]


def lines_of(inbox: Path, ending: str) -> list[dict[str, Any]]:
    """Return the bodies in the files beside the inbox that end so."""
    files = sorted(inbox.parent.glob(f"{inbox.name}.*.{ending}"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_what_leads_to_nothing_holds_nothing_up_and_is_kept(inbox: Path, port: int) -> None:
    with Sandbox(default_rows=20) as sandbox:
        sale = a_sale(sandbox)
        good = {"EventType": "Sale/Voided", "SaleID": sale}
        unknown = {"EventType": "Moon/Rose", "ID": sale}
        broken = sandbox.core.store.rows("sale_list")[5]["SaleID"]
        sandbox.core.store.vanish("sales", broken)
        failing = {"EventType": "Sale/Voided", "SaleID": broken}
        for body in (unknown, failing, good):
            assert post(port, json.dumps(body).encode()) == 204
        programs = plain_singer(sandbox, inbox.parent)
        done = load(inbox, **programs)
        assert [row["ID"] for row in loaded(inbox.parent, "sales")] == [sale]
        assert lines_of(inbox, "done") == [good]
        assert lines_of(inbox, "pending") == [unknown, failing]
        assert "Moon/Rose" in done.stderr
        assert broken in done.stderr
        for _ in range(4):
            done = load(inbox, **programs)
    assert lines_of(inbox, "pending") == []
    assert lines_of(inbox, "aside") == [unknown, failing]
    assert "set aside, as five tries led to no document" in done.stderr
    assert lines_of(inbox, "done") == [good]


def test_a_file_that_is_no_json_at_all_is_kept_and_holds_nothing_up(inbox: Path) -> None:
    with Sandbox(default_rows=20) as sandbox:
        sale = a_sale(sandbox)
        good = json.dumps({"EventType": "Sale/Voided", "SaleID": sale})
        inbox.write_text(f"not json\n{good}\n" + "[" * 100_000 + "\n")
        done = load(inbox, **plain_singer(sandbox, inbox.parent))
    assert done.returncode == 0, done.stderr[-2000:]
    assert [row["ID"] for row in loaded(inbox.parent, "sales")] == [sale]
    (kept,) = inbox.parent.glob("inbox.jsonl.*.pending")
    assert kept.read_text().splitlines() == ["not json", "[" * 100_000]
    assert "Traceback" not in done.stderr


def test_an_outage_leaves_everything_for_the_next_time(inbox: Path, port: int) -> None:
    with Sandbox(default_rows=20) as sandbox:
        body = {"EventType": "Sale/Voided", "SaleID": a_sale(sandbox)}
        programs = plain_singer(sandbox, inbox.parent)
        assert post(port, json.dumps(body).encode()) == 204
    for _ in range(2):  # nobody answers any more
        done = load(inbox, **programs)
        assert done.returncode == 1
        assert lines_of(inbox, "pending") == [body]
    (kept,) = inbox.parent.glob("inbox.jsonl.*.pending")
    assert kept.name.endswith(".1.pending")


def test_an_empty_inbox_starts_nothing(inbox: Path) -> None:
    done = load(inbox, EXTRACT="false", LOAD="false")
    assert done.returncode == 0, done.stderr


def test_no_body_is_lost_while_the_inbox_is_moved(inbox: Path, port: int) -> None:
    taken = f"{sys.executable} {inbox.parent}/take.py"
    (inbox.parent / "take.py").write_text(
        "import sys; sys.stdout.write(open(sys.argv[1].split('=')[1]).read())"
    )
    programs = {"EXTRACT": taken, "LOAD": f"tee -a {inbox.parent}/loaded.jsonl"}
    is_over = threading.Event()

    def keep_loading() -> None:
        while not is_over.is_set():
            assert load(inbox, **programs).returncode == 0

    with ThreadPoolExecutor(5) as pool:
        loading = pool.submit(keep_loading)
        sent = pool.map(lambda one: post(port, json.dumps({"n": one}).encode()), range(200))
        assert set(sent) == {204}
        is_over.set()
        loading.result()
    assert load(inbox, **programs).returncode == 0
    lines = (inbox.parent / "loaded.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["n"] for line in lines) == list(range(200))


def test_a_body_that_is_not_json_blocks_nothing(inbox: Path, port: int) -> None:
    assert post(port, b'{"EventType": "Sale/Created",}') == 204
    assert not inbox.exists()
    assert "Sale/Created" in inbox.with_name("inbox.jsonl.rejected").read_text()


def test_a_body_that_is_nested_too_deeply_or_has_odd_characters_is_kept(
    inbox: Path, port: int
) -> None:
    assert post(port, b"[" * 100_000) == 204
    assert inbox.with_name("inbox.jsonl.rejected").read_text().startswith("b'[[[[")
    assert post(port, '{"EventType": "Sale/Voided", "Note": "a\u2028b"}'.encode()) == 204
    (line,) = inbox.read_text().splitlines()
    assert json.loads(line)["Note"] == "a\u2028b"


BASIC = base64.b64encode(f"cin7:{TOKEN}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"Basic {BASIC}"},
        {"APIKEY": TOKEN, "CONNECTIONID": "17"},
        {"ConnectionId": TOKEN},
    ],
)
def test_the_token_may_be_shown_in_any_of_the_ways_of_cin7(
    inbox: Path, port: int, headers: dict[str, str]
) -> None:
    assert post(port, b"{}", **headers) == 204
    wrong = {
        name: value.replace(TOKEN, "wrong").replace(BASIC, "d3Jvbmc")
        for name, value in headers.items()
    }
    assert post(port, b"{}", **wrong) == 401
    assert inbox.read_text() == "{}\n"


def test_the_type_that_only_a_header_says_is_kept(inbox: Path, port: int) -> None:
    with Sandbox(default_rows=20) as sandbox:
        product = sandbox.core.store.rows("product_availability")[2]
        row = {"ID": product["ID"], "SKU": product["SKU"], "Location": product["Location"]}
        headers = {"APIKEY": TOKEN, "event-type": "Stock/AvailableStockLevelChanged"}
        assert post(port, json.dumps([row]).encode(), **headers) == 204
        done = load(inbox, **plain_singer(sandbox, inbox.parent))
    assert done.returncode == 0, done.stderr
    assert {row["ID"] for row in loaded(inbox.parent, "product_availability")} == {product["ID"]}
    (line,) = lines_of(inbox, "done")
    assert line["headers"] == {"event-type": "Stock/AvailableStockLevelChanged"}
    assert TOKEN not in json.dumps(line)


def test_a_wrong_token_or_an_endless_body_is_refused(inbox: Path, port: int) -> None:
    assert post(port, b"{}", token="wrong") == 401  # noqa: S106
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    assert not inbox.exists()


def test_a_receiver_without_a_token_does_not_start(inbox: Path) -> None:
    done = subprocess.run(
        [sys.executable, WEBHOOKS / "receiver.py", inbox],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "set WEBHOOK_TOKEN" in done.stderr


def test_meltano_is_the_default(deployment: Deployment, inbox: Path) -> None:
    sale = a_sale(deployment.sandbox)
    inbox.write_text(json.dumps({"EventType": "Sale/Created", "SaleID": sale}) + "\n")
    variables = deployment.environment(
        TAP_CIN7_NZ__SELECT='["sales.*", "sale_list.*"]',
    )
    done = subprocess.run(
        [WEBHOOKS / "load.sh", inbox],
        env=variables,
        cwd=deployment.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert rows(deployment.server, "cin7_nz", "sales") == 1
