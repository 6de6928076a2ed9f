"""A sender that stops in the middle, to be killed there: before it sends, or before it says so."""

import sys
import threading
import uuid
from datetime import datetime

from service.domain.notice import Outcome
from service.flows.notices import Parcel
from service.outbox.post import Post
from service.outbox.sender import Outbox
from service.store.engine import open_engine
from service.store.sql_store import SqlStore


def main(url: str, where: str, moment: str) -> None:
    """Take what is due, and go no further than told."""
    at = datetime.fromisoformat(moment)
    post = Post()

    def send(parcel: Parcel, now: datetime) -> Outcome:
        if where == "after":
            post(parcel, now)
        sys.stdout.write("here\n")
        sys.stdout.flush()
        threading.Event().wait()
        raise AssertionError

    store = SqlStore(open_engine(url))
    outbox = Outbox(store, send, now=lambda: at, new_id=lambda: uuid.uuid4().hex)
    outbox.run(at)
    outbox.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
