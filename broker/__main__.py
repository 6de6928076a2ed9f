"""Administers a broker from the command line: enrol, withdraw, run, write a broker's files."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from broker import cluster, mosquitto, nats
from broker.accounts import (
    AccountError,
    Enrolment,
    Role,
    enrol_all,
    load,
    new_password,
    service_name,
    withdraw,
    write_private,
)
from broker.cluster import Cluster, ClusterError
from broker.embedded import EmbeddedBroker
from broker.folder import FolderInUseError
from broker.program import BrokerError

_AddParser = Callable[..., argparse.ArgumentParser]


def main(arguments: list[str]) -> None:
    """Carry out one command; a problem ends it with one sentence."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = _parser().parse_args(arguments)
    try:
        _COMMANDS[given.command](given)
    except (AccountError, BrokerError, ClusterError, FolderInUseError) as problem:
        sys.exit(str(problem))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m broker", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_accounts(commands.add_parser)
    _add_files(commands.add_parser)
    run = commands.add_parser("run", help="run the embedded broker in the foreground")
    run.add_argument("--folder", type=Path, required=True)
    run.add_argument(
        "--port", type=int, default=1883, help="not for a cluster's node: it has its own"
    )
    run.add_argument("--accounts", type=Path, help="if not accounts.json in the folder")
    run.add_argument("--cluster", type=Path, help="run one node of this cluster")
    run.add_argument("--node", help="which node")
    return parser


def _add_accounts(add_parser: _AddParser) -> None:
    one = add_parser("enrol", help="let kiosks or a service in; prints their new passwords")
    one.add_argument("--accounts", type=Path, required=True)
    one.add_argument("--region", required=True)
    who = one.add_mutually_exclusive_group(required=True)
    who.add_argument("--kiosk", nargs="+", default=[], help="the ids of one or more kiosks")
    who.add_argument("--service", action="store_true", help="the region's service")
    one.add_argument(
        "--secrets", type=Path, help="write the passwords into this JSON file, do not print them"
    )
    out = add_parser("withdraw", help="shut accounts out")
    out.add_argument("--accounts", type=Path, required=True)
    out.add_argument("names", nargs="+")


def _add_files(add_parser: _AddParser) -> None:
    files = add_parser("mosquitto", help="write mosquitto.conf, passwords and acl")
    files.add_argument("--accounts", type=Path, required=True)
    files.add_argument("--folder", type=Path, required=True)
    files.add_argument("--port", type=int, default=1883)
    nodes = add_parser("cluster", help="describe a cluster of brokers, once")
    nodes.add_argument("--file", type=Path, required=True)
    nodes.add_argument("nodes", nargs="+", help="name=host:mqtt port:route port")
    node = add_parser("nats", help="write nats.conf of one node of a cluster")
    node.add_argument("--accounts", type=Path, required=True)
    node.add_argument("--cluster", type=Path, required=True)
    node.add_argument("--node", required=True)
    node.add_argument("--folder", type=Path, required=True)


def _enrol(given: argparse.Namespace) -> None:
    role: Role = "service" if given.service else "kiosk"
    names = [service_name(given.region)] if given.service else given.kiosk
    passwords = {name: new_password(os.urandom) for name in names}
    enrol_all(
        given.accounts,
        [
            Enrolment(name=name, role=role, region=given.region, password=password)
            for name, password in passwords.items()
        ],
    )
    if given.secrets is None:  # Shown once: the accounts' file keeps only hashes.
        sys.stdout.writelines(f"{name} {password}\n" for name, password in passwords.items())
    else:
        write_private(given.secrets, json.dumps(passwords, indent=1) + "\n")


def _withdraw(given: argparse.Namespace) -> None:
    withdraw(given.accounts, given.names)


def _mosquitto(given: argparse.Namespace) -> None:
    path = mosquitto.render(given.folder, load(given.accounts), given.port)
    sys.stdout.write(f"{path}\n")


def _cluster(given: argparse.Namespace) -> None:
    if given.file.exists():
        message = (
            f"{given.file} is there already: a new one would shut its nodes out from each other."
        )
        raise ClusterError(message)
    nodes = tuple(cluster.read_node(text) for text in given.nodes)
    cluster.save(given.file, Cluster(nodes=nodes, password=new_password(os.urandom)))


def _nats(given: argparse.Namespace) -> None:
    member = cluster.member(given.cluster, given.node)
    folder = given.folder.resolve()
    port = member.node.mqtt_port
    text = nats.render(load(given.accounts), folder=folder, port=port, member=member)
    write_private(folder / "nats.conf", text)
    sys.stdout.write(f"{folder / 'nats.conf'}\n")


def _run(given: argparse.Namespace) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    # Kiosks and service know the port: where it is taken the broker says so and does not wander.
    member = None if given.cluster is None else cluster.member(given.cluster, given.node)
    port = given.port if member is None else member.node.mqtt_port
    sys.stdout.write(f"MQTT on port {port}\n")
    sys.stdout.flush()
    broker = EmbeddedBroker(given.folder, port, member=member, accounts_path=given.accounts)
    broker.run_forever(stop)


_COMMANDS = {
    "enrol": _enrol,
    "withdraw": _withdraw,
    "mosquitto": _mosquitto,
    "cluster": _cluster,
    "nats": _nats,
    "run": _run,
}

if __name__ == "__main__":
    main(sys.argv[1:])
