"""The AsyncAPI 3.0 document, told as the service sees it: it receives what kiosks publish."""

from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from service.contract import samples
from service.contract.bounds import KIOSK_PATTERN, MESSAGE_BYTES_MAX, REGION_PATTERN
from service.contract.catalogue import MESSAGES, Message
from service.contract.samples import KIOSK, REGION
from service.contract.schemas import component_schemas, sample_of
from service.contract.topics import service_state_topic

VERSION: Final = "1.0.0"
_BINDING_VERSION: Final = "0.2.0"

_DESCRIPTION: Final = f"""\
What a contraceptive kiosk and the Circle15 service say to each other: CloudEvents 1.0 in structured
JSON over MQTT 3.1.1 (MQTT 5 works unchanged).

This document describes **the service**: it *receives* what kiosks publish, and it *sends* what
kiosks subscribe to. A kiosk maker reads it the other way round: publish to the channels that the
service receives from, subscribe to `ack`, `cmd`, `answer` and the service's state.

A broker's PUBACK is not a receipt. A fact stays in the kiosk's outbox until an `ack` names its
sequence; it is sent again after every reconnect until then. A message is at most
{MESSAGE_BYTES_MAX} bytes. Unknown fields of a kiosk's messages are kept; a kiosk ignores fields
that it does not know. `README.md` beside this document goes through it step by step.
"""

_CHANNELS: Final = {
    "e/dispense": ("dispenses", "Facts: packs were asked for, and what came of it."),
    "e/restock": ("restocks", "Facts: a slot was filled, emptied or exchanged."),
    "e/count": ("counts", "Facts: the machine counted every slot."),
    "e/fault": ("faults", "Facts: a part failed or works again."),
    "state": ("kioskState", "Retained: the birth after a connect, or the will after a loss."),
    "hb": ("heartbeats", "Optional, at most one in five minutes."),
    "r": ("replies", "What came of a command."),
    "ask": ("asks", "May this card have it? The kiosk waits two seconds for the answer."),
    "ack": ("acks", "After commit, cumulative: what a kiosk may forget."),
    "cmd": ("commands", "What the service wants of a kiosk, until it expires."),
    "answer": ("answers", "Yes, or no with the reason."),
    "service/state": (
        "serviceState",
        "Retained: is anyone listening? If not, facts are kept, and one a minute knocks.",
    ),
}

_PARAMETERS: Final = {
    "region": {
        "description": f"Six-digit division code (GB/T 2260): {REGION_PATTERN}.",
        "examples": [REGION],
    },
    "kiosk": {
        "description": f"The kiosk's id, its user name and MQTT client id: {KIOSK_PATTERN};"
        " `service` is reserved.",
        "examples": [KIOSK],
    },
}

# Which message is answered on which leaf.
_REPLY_LEAVES: Final = {"ask": "answer", "cmd": "r"}


def document() -> dict[str, Any]:
    """Return the whole document as JSON values."""
    by_leaf = {leaf: list(group) for leaf, group in groupby(MESSAGES, key=attrgetter("leaf"))}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:ck:asyncapi:v1",
        "info": {
            "title": "Circle15 kiosk wire contract",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _server()},
        "channels": {_CHANNELS[leaf][0]: _channel(leaf, group) for leaf, group in by_leaf.items()},
        "operations": dict(_operation(leaf, group) for leaf, group in by_leaf.items()),
        "components": {
            "messages": {one.name: _message(one) for one in MESSAGES},
            "schemas": component_schemas(),
            "parameters": _PARAMETERS,
            "securitySchemes": {
                "userPassword": {
                    "type": "userPassword",
                    "description": "User name and client id are the kiosk's id; the password was"
                    " set when the kiosk was registered.",
                }
            },
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": "mqtt",
        "protocolVersion": "3.1.1",
        "description": "The district's broker. Placeholders: ask the district for both.",
        "variables": {
            "host": {"default": "broker.example.org", "description": "The broker's name."},
            "port": {
                "default": "8883",
                "description": "8883 with TLS; without TLS on a private network only.",
            },
        },
        "security": [{"$ref": "#/components/securitySchemes/userPassword"}],
        "bindings": {
            "mqtt": {
                "clientId": f"circle15-service-{REGION}",
                "cleanSession": False,
                "lastWill": {
                    "topic": service_state_topic(REGION),
                    "qos": 1,
                    "retain": True,
                    "message": samples.service_state()
                    .model_copy(update={"online": False})
                    .model_dump_json(),
                },
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _channel(leaf: str, group: list[Message]) -> dict[str, Any]:
    address = group[0].address
    return {
        "address": address,
        "description": _CHANNELS[leaf][1],
        "messages": {one.name: {"$ref": f"#/components/messages/{one.name}"} for one in group},
        "parameters": {
            name: {"$ref": f"#/components/parameters/{name}"}
            for name in _PARAMETERS
            if f"{{{name}}}" in address
        },
    }


def _operation(leaf: str, group: list[Message]) -> tuple[str, dict[str, Any]]:
    name, first = _CHANNELS[leaf][0], group[0]
    received = first.sender == "kiosk"
    verb = "receive" if received else "send"
    operation: dict[str, Any] = {
        "action": verb,
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": f"The service {verb}s; "
        + ("a kiosk publishes." if received else "kiosks subscribe."),
        "messages": [{"$ref": f"#/channels/{name}/messages/{one.name}"} for one in group],
        "bindings": {
            "mqtt": {
                "qos": first.qos,
                "retain": first.retain,
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }
    if leaf in _REPLY_LEAVES:
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{_CHANNELS[_REPLY_LEAVES[leaf]][0]}"}
        }
    return f"{verb}{name[0].upper()}{name[1:]}", operation


def _message(message: Message) -> dict[str, Any]:
    return {
        "name": message.name,
        "title": message.name.replace("-", " ").capitalize(),
        "summary": message.sentence,
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{message.model.__name__}"},
        "examples": [{"name": "golden", "payload": sample_of(message)}],
    }
