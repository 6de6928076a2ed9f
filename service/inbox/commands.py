"""Commands to kiosks, as they read them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from service.contract.commands import ReplayCommand
from service.contract.topics import kiosk_topic
from service.flows.gaps import Replay
from service.inbox.ear import Hears

REPLAY_EXPIRES_AFTER: Final = timedelta(minutes=30)


def send_replays(receiver: Hears, replays: Sequence[Replay], *, region: str, at: datetime) -> None:
    """Ask kiosks for what is missing of their journals."""
    for replay in replays:
        command = ReplayCommand(
            id=replay.command_id,
            epoch=replay.epoch,
            first=replay.first,
            last=replay.last,
            expires=at + REPLAY_EXPIRES_AFTER,
        )
        topic = kiosk_topic(region, replay.kiosk_id, "cmd")
        receiver.publish(topic, command.model_dump_json(by_alias=True), qos=1)
