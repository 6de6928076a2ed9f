"""Renders the configuration of the embedded broker, a nats-server, from the accounts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.accounts import Account
from broker.cluster import NAME, REPLICAS, Member
from broker.ports import LOOPBACK
from broker.topics import rights_of

# A message of 1 MB has to reach the service, which quarantines it with a reason. nats-server cuts
# the connection of whoever sends more than this, and an MQTT 3.1.1 client then sends it again for
# ever; so the limit lies well above anything that a faulty kiosk is likely to send.
MAX_PAYLOAD_BYTES: Final = 2 * 1024 * 1024

# nats-server gives each QoS 1 subscription this window, and one session may hold 65,535 in all:
# the subscription that goes past it is refused, so 13 filters fit. Larger is no faster.
MAX_ACK_PENDING: Final = 5_000

# What a service had taken but not acknowledged when it died is sent again only after this long, and
# nothing else meanwhile if the window was full (30 s by default, measured). Shorter would send
# everything twice to a service that is merely slow: this allows for 500 facts a second.
ACK_WAIT_S: Final = 10

# Users are MQTT-only, so the NATS listener, which cannot be switched off, lets nobody in. This
# account has no password at all; without any user nats-server would let everyone in.
_NOBODY: Final = (
    '{ user: "nobody", password: "$2b$04$'
    + "." * 53
    + '", permissions: { publish: { deny: ">" }, subscribe: { deny: ">" } } }'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsLimits:
    """What the embedded broker may use of the machine."""

    store_bytes_max: int = 4 * 1024**3
    log_bytes_max: int = 5 * 1024**2
    connections_max: int = 20_000
    sync_interval: str = "5s"
    ack_wait_s: int = ACK_WAIT_S


def render(
    accounts: Sequence[Account],
    *,
    folder: Path,
    port: int,
    limits: NatsLimits | None = None,
    member: Member | None = None,
) -> str:
    """Return the text of nats.conf, every right of every account spelled out.

    Alone it listens on loopback only; as a member of a cluster where its node says.
    """
    limits = limits or NatsLimits()
    host = LOOPBACK if member is None else member.node.host
    users = ",\n    ".join([_NOBODY, *(_user(account) for account in accounts)])
    return f"""\
# Written by broker/nats.py from accounts.json at every start and change: edit neither by hand.
server_name: "{NAME if member is None else member.node.name}"
host: "127.0.0.1"
port: -1  # The NATS protocol's own listener: no account may use it.
mqtt {{
  host: "{host}"
  port: {port}
  max_ack_pending: {MAX_ACK_PENDING}
  ack_wait: "{limits.ack_wait_s}s"
  consumer_inactive_threshold: "336h"  # A session unused for 14 days goes, as in Mosquitto.
{_replicated(member)}}}
{_routes(member)}jetstream {{
  store_dir: {json.dumps(str(folder / "store"))}
  max_memory_store: 67108864
  max_file_store: {limits.store_bytes_max}
  # A power cut may lose what came since the last sync. The kiosks' outboxes still have it: only
  # the service's ack after commit empties them, so syncing each message would buy nothing.
  sync_interval: "{limits.sync_interval}"
}}
max_payload: {MAX_PAYLOAD_BYTES}
max_pending: 268435456
max_connections: {limits.connections_max}
write_deadline: "60s"  # A busy service is slow to read, not dead.
log_file: {json.dumps(str(folder / "nats.log"))}
logfile_size_limit: {limits.log_bytes_max}
logfile_max_num: 3
authorization {{
  timeout: 10
  users: [
    {users}
  ]
}}
"""


def _replicated(member: Member | None) -> str:
    return "" if member is None else f"  stream_replicas: {REPLICAS}\n"


def _routes(member: Member | None) -> str:
    """Return the section by which a node finds its peers, and lets in nobody else as one."""
    if member is None:
        return ""
    node, password = member.node, json.dumps(member.cluster.password)
    peers = ",\n    ".join(
        f'"nats-route://{NAME}:{member.cluster.password}@{peer.host}:{peer.route_port}"'
        for peer in member.cluster.nodes
        if peer != node
    )
    return f"""\
cluster {{
  name: "{NAME}"
  host: "{node.host}"
  port: {node.route_port}
  no_advertise: true  # Clients know all nodes from their settings.
  authorization {{ user: "{NAME}", password: {password}, timeout: 5 }}
  routes: [
    {peers}
  ]
}}
"""


def subject(topic: str) -> str:
    """Translate an MQTT topic filter to the NATS subject that it is inside the server."""
    return topic.replace("/", ".").replace("+", "*")


def _user(account: Account) -> str:
    rights = rights_of(account)
    publish = json.dumps([subject(topic) for topic in rights.publish])
    subscribe = json.dumps([subject(topic) for topic in rights.subscribe])
    return (
        f'{{ user: "{account.name}", password: "{account.bcrypt_hash}", '
        'allowed_connection_types: ["MQTT"], '
        f"permissions: {{ publish: {{ allow: {publish} }}, "
        f"subscribe: {{ allow: {subscribe} }} }} }}"
    )
