"""The peer of the ingest benchmark: the design that comes to mind first, one commit a message.

A callback decodes a message, adds a row and moves a level by SQLModel, commits, and lets paho
acknowledge. No batch, no identity, no books: it does less than the service and keeps less of it.
"""

import json
import sys
import threading
import time
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlmodel import Field, Session, SQLModel, create_engine

from tests.bench.backlog import REGION

USER = f"naive-{REGION}"


class NaiveFact(SQLModel, table=True):
    """A message as it came."""

    id: int | None = Field(default=None, primary_key=True)
    kiosk_id: str
    sequence: str
    kind: str
    happened_at: str
    data: str


class NaiveLevel(SQLModel, table=True):
    """What a slot holds."""

    kiosk_id: str = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    packs: int


def main(port: int, url: str, messages: int) -> float:
    """Return the seconds from the connection to the commit of the last message."""
    engine = create_engine(url)
    SQLModel.metadata.create_all(
        engine, tables=[SQLModel.metadata.tables[name] for name in ("naivefact", "naivelevel")]
    )
    left = threading.Semaphore(0)

    def book(client: Client, _userdata: Any, message: MQTTMessage) -> None:  # noqa: ANN401 - paho's signature
        event = json.loads(message.payload)
        kiosk_id, data = event["source"].split(":")[4], event["data"]
        with Session(engine) as session:
            session.add(
                NaiveFact(
                    kiosk_id=kiosk_id,
                    sequence=event["sequence"],
                    kind=event["type"],
                    happened_at=event["time"],
                    data=json.dumps(data),
                )
            )
            if "stock_after" in data:
                session.merge(
                    NaiveLevel(kiosk_id=kiosk_id, slot=data["slot"], packs=data["stock_after"])
                )
            session.commit()
        client.ack(message.mid, message.qos)
        left.release()

    client = Client(
        CallbackAPIVersion.VERSION2, client_id=USER, clean_session=False, manual_ack=True
    )
    client.on_message = book
    started = time.perf_counter()
    client.connect("127.0.0.1", port)
    client.loop_start()
    for _ in range(messages):
        assert left.acquire(timeout=60), "the naive service stopped"
    took = time.perf_counter() - started
    client.loop_stop()
    client.disconnect()
    return took


if __name__ == "__main__":
    print(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
