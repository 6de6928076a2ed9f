"""A tiny service for tests: keeps each fact once in memory and acknowledges what it keeps."""

import contextlib
import threading
import time
from collections import Counter
from typing import Any

import orjson
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from service.contract.topics import kiosk_topic, read_topic, service_state_topic, subscriptions

Key = tuple[str, int]
RANGES_MAX = 64
COMMIT_EVERY_S = 0.03


class Ledger:
    """Facts kept once by (kiosk, epoch) and sequence; says what to acknowledge."""

    def __init__(self) -> None:
        self.facts: dict[Key, dict[int, bytes]] = {}
        self.upto: Counter[Key] = Counter()
        self.repeats = 0
        self.conflicts = 0

    def keep(self, payload: bytes) -> Key:
        event = orjson.loads(payload)
        kiosk, epoch = event["source"].split(":")[-2:]
        key, sequence = (kiosk, int(epoch)), int(event["sequence"])
        facts = self.facts.setdefault(key, {})
        if sequence in facts:
            self.repeats += 1
            self.conflicts += facts[sequence] != payload
        facts.setdefault(sequence, payload)
        while self.upto[key] + 1 in facts:
            self.upto[key] += 1
        return key

    def ack(self, key: Key) -> dict[str, Any]:
        upto = self.upto[key]
        ranges: list[list[int]] = []
        if len(self.facts[key]) > upto:
            for sequence in sorted(s for s in self.facts[key] if s > upto):
                if ranges and ranges[-1][1] == sequence - 1:
                    ranges[-1][1] = sequence
                else:
                    ranges.append([sequence, sequence])
        return {"epoch": key[1], "upto": upto, "have": ranges[:RANGES_MAX]}

    def count(self) -> int:
        return sum(len(facts) for facts in self.facts.values())


class FakeService:
    """The ledger behind a real broker; acknowledges in small batches after 'commit'."""

    def __init__(self, port: int, region: str, *, is_counting_only: bool = False) -> None:
        self.ledger = Ledger()
        self.states: dict[str, dict[str, Any]] = {}
        self.replies: list[dict[str, Any]] = []
        self.heartbeats = 0
        self._region = region
        self._counting = is_counting_only
        self._dirty: set[Key] = set()
        self._over = threading.Event()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"circle15-service-{region}",
            clean_session=False, protocol=MQTTProtocolVersion.MQTTv311,
        )  # fmt: skip
        self.client.on_message = self._on_message
        self.client.on_connect = self._on_connect
        self.client.will_set(service_state_topic(region), b'{"online":false}', 1, retain=True)
        self.client.connect("127.0.0.1", port)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe(list(subscriptions(self._region)))
        client.publish(service_state_topic(self._region), b'{"online":true}', 1, retain=True)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        topic = read_topic(message.topic)
        if topic is None:
            return
        if topic.leaf.startswith("e/"):
            self._dirty.add(self.ledger.keep(bytes(message.payload)))
        elif topic.leaf == "state":
            self.states[topic.kiosk] = orjson.loads(message.payload)
        elif topic.leaf == "r":
            self.replies.append(orjson.loads(message.payload))
        elif topic.leaf == "hb":
            self.heartbeats += 1

    def _run(self) -> None:
        committed_at = 0.0
        while not self._over.is_set():
            if self.client.loop(timeout=0.02) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._reconnect()
            if time.monotonic() - committed_at < COMMIT_EVERY_S:
                continue
            committed_at = time.monotonic()
            dirty, self._dirty = self._dirty, set()
            for key in dirty:
                topic = kiosk_topic(self._region, key[0], "ack")
                self.client.publish(topic, orjson.dumps(self.ledger.ack(key)))

    def _reconnect(self) -> None:
        with contextlib.suppress(OSError):
            self.client.reconnect()
            return
        self._over.wait(0.1)

    def command(self, kiosk: str, body: dict[str, Any]) -> None:
        self.client.publish(kiosk_topic(self._region, kiosk, "cmd"), orjson.dumps(body), 1)

    def close(self, *, says_goodbye: bool = True) -> None:
        if says_goodbye:
            topic = service_state_topic(self._region)
            self.client.publish(topic, b'{"online":false}', 1, retain=True).wait_for_publish(5)
        self._over.set()
        self._thread.join(5)
        with contextlib.suppress(Exception):
            self.client.disconnect()
