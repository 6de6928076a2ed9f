"""The embedded broker's own promises: it comes back, keeps its queue, leaves nothing behind."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from broker import accounts
from broker.accounts import service_name
from broker.embedded import EmbeddedBroker
from broker.folder import FolderInUseError
from broker.ports import answers, free_port, is_free
from broker.program import BrokerError
from tests.servers.broker import REGION, enrol_fresh
from tests.servers.mqtt import Session, session
from tests.servers.nats import NatsServer, nats_server
from tests.servers.processes import end, eventually

SERVICE = service_name(REGION)
FACT = f"ck/v1/{REGION}/K0001/e/dispense"
FACTS = f"ck/v1/{REGION}/+/e/+"


def test_a_killed_broker_comes_back_with_what_was_queued(nats: NatsServer) -> None:
    with session(nats, SERVICE, clean=False) as service:
        service.subscribe(FACTS)
    said = [b"%06d" % number for number in range(2_500)]
    with session(nats, "K0001") as kiosk:
        kiosk.publish_many(FACT, said)
    before = nats.embedded.pid
    nats.kill()
    eventually(lambda: nats.embedded.restarts == 1 and nats.embedded.is_alive, what="a restart")
    assert nats.embedded.pid != before
    with session(nats, SERVICE, clean=False) as service:
        assert service.session_present
        assert {one.payload for one in service.wait_for(len(said), within_s=30)} == set(said)


def test_a_stopped_broker_keeps_its_queue_for_the_next_start(tmp_path: Path) -> None:
    with nats_server(tmp_path, kiosks=["K0001"]) as server:
        with session(server, SERVICE, clean=False) as service:
            service.subscribe(FACTS)
        with session(server, "K0001") as kiosk:
            kiosk.publish(FACT, b"kept")
        passwords = server.passwords
    port = free_port(0)[0]
    with EmbeddedBroker(tmp_path, port):
        again = Session(SERVICE, password=passwords[SERVICE], clean=False)
        again.open(port)
        assert [one.payload for one in again.wait_for(1)] == [b"kept"]
        again.close()


def test_a_broker_without_accounts_lets_nobody_in(tmp_path: Path) -> None:
    port = free_port(0)[0]
    with EmbeddedBroker(tmp_path, port):
        for password in (None, "", "guessed"):
            stranger = Session("nobody", password=password)
            stranger.open(port)
            assert stranger.refusal is not None
            stranger.close()


def test_a_withdrawn_kiosk_is_shut_out_at_once(nats: NatsServer) -> None:
    with session(nats, "K0001") as kiosk:
        accounts.withdraw(nats.folder / "accounts.json", ["K0001"])
        eventually(lambda: not kiosk.is_connected, what="the cut")
        stranger = Session("K0001", password=nats.passwords["K0001"])
        stranger.open(nats.port)
        assert stranger.refusal is not None
        stranger.close()


def test_an_unreadable_account_file_leaves_the_running_broker_alone(nats: NatsServer) -> None:
    (nats.folder / "accounts.json").write_text("{", encoding="utf-8")
    with session(nats, "K0001") as kiosk:
        kiosk.publish(FACT, b"still in")
    assert nats.embedded.restarts == 0


def test_two_brokers_cannot_share_a_folder(nats: NatsServer) -> None:
    second = EmbeddedBroker(nats.folder, free_port(0)[0], patience_s=0.1)
    with pytest.raises(FolderInUseError, match=f"process {os.getpid()}.*Stop it first"):
        second.start()


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        with pytest.raises(BrokerError, match=f"Port {port} is taken"):
            EmbeddedBroker(tmp_path, port).start()
    with EmbeddedBroker(tmp_path, port):  # And the folder was given back.
        assert answers(port)


def test_too_old_a_program_is_said_plainly(tmp_path: Path) -> None:
    old = tmp_path / "nats-server"
    old.write_text("#!/bin/sh\necho nats-server: v2.9.1\n", encoding="utf-8")
    old.chmod(0o755)
    with pytest.raises(BrokerError, match=r"needs nats-server 2\.14 or newer"):
        EmbeddedBroker(tmp_path, free_port(0)[0], program=old).start()


def test_the_broker_ends_with_its_supervisor_even_when_that_is_killed(tmp_path: Path) -> None:
    enrol_fresh(tmp_path / "accounts.json", ["K0001"], REGION)
    port = free_port(0)[0]
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "broker", "run", "--folder", str(tmp_path), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    try:
        eventually(lambda: answers(port), what="the broker's start")
        supervisor.kill()
        supervisor.wait()
        eventually(lambda: is_free(port) and not answers(port), what="the child's end")
        with EmbeddedBroker(tmp_path, port):  # Its folder is free again as well.
            assert answers(port)
    finally:
        end(supervisor)


def test_running_for_ever_ends_when_told_to(tmp_path: Path) -> None:
    port = free_port(0)[0]
    broker = EmbeddedBroker(tmp_path, port)
    stop = threading.Event()
    runner = threading.Thread(target=broker.run_forever, args=(stop,))
    runner.start()
    eventually(lambda: broker.is_alive, what="the broker's start")
    stop.set()
    runner.join(10)
    assert not broker.is_alive
    assert not answers(port)


def test_secrets_and_settings_are_readable_by_the_owner_only(nats: NatsServer) -> None:
    for name in ("accounts.json", "nats.conf"):
        assert stat.S_IMODE((nats.folder / name).stat().st_mode) == 0o600
    for path in nats.folder.glob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not any(password in text for password in nats.passwords.values())


def test_the_broker_listens_on_loopback_only(nats: NatsServer) -> None:
    pid = nats.embedded.pid
    assert pid is not None
    config = (nats.folder / "nats.conf").read_text(encoding="utf-8")
    assert config.count('host: "127.0.0.1"') == 2
    listening = Path(f"/proc/{pid}/net/tcp6")
    if listening.exists():
        own = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
        rows = [row.split() for row in listening.read_text(encoding="ascii").splitlines()[1:]]
        assert not [row for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own]
