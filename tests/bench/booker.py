"""The service's own way from broker to books, in a process of its own; prints seconds."""

import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError

from service.flows.circle import LiveCircle
from service.grounds import Grounds
from service.inbox.ear import Ear
from service.inbox.receiver import BrokerAddress
from service.inbox.worker import BATCH_MAX, Worker
from service.store.engine import open_engine, writing
from service.store.migrate import migrate
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.bench.backlog import REGION, plan

ZONE = ZoneInfo("Asia/Shanghai")


def main(port: int, url: str, kiosks: int, facts: int) -> float:
    """Return the seconds from the connection to the commit of the last fact."""
    engine = open_engine(url)
    migrate(engine)
    with writing(engine).begin() as connection:
        lay_out(connection, plan(kiosks), at=datetime.now(UTC))
    address = BrokerAddress(
        host="127.0.0.1", port=port, user=f"circle15-service-{REGION}", password="unused"
    )
    receiver = Ear(address, region=REGION, batch_max=BATCH_MAX)
    worker = Worker(
        receiver,
        LiveCircle(SqlStore(engine), Grounds(engine, zone=ZONE)),
        region=REGION,
        zone=ZONE,
        now=lambda: datetime.now(UTC),
        is_passing=lambda error: isinstance(error, OperationalError),
    )
    worker.start()
    receiver.connected.wait(30)
    started = time.perf_counter()
    while worker.gauges.facts_new < facts:
        time.sleep(0.002)
        assert worker.is_alive, "the inbox stopped"
    took = time.perf_counter() - started
    worker.stop()
    receiver.stop()
    assert worker.gauges.aside == 0, "the backlog is valid"
    return took


if __name__ == "__main__":
    print(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
