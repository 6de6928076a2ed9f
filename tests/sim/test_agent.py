"""The protocol without a socket: what empties an outbox, what a command does, what is ignored."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest

from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.kiosk.orders import Packet
from kiosk_sim.kiosk.patience import Patience
from service.contract.commands import Reply
from service.contract.liveness import KIOSK_STATE, Heartbeat
from service.contract.topics import read_topic
from tests.sim.helpers import NOW_MS, NewKiosk

NOW = NOW_MS / 1000
ROOM = 10_000


@pytest.fixture
def kiosk(new_kiosk: NewKiosk) -> Kiosk:
    kiosk = new_kiosk(days=60, tuning=Tuning(heartbeat_s=300))
    kiosk.live_until(NOW_MS, 1.0)
    kiosk.power_up(NOW_MS)
    assert kiosk.head > 150
    return kiosk


def tell(kiosk: Kiosk, leaf: str, body: dict[str, Any], now: float = NOW) -> bool:
    topic = f"ck/v1/{kiosk.region}/{kiosk.id}/{leaf}"
    if leaf == "state":
        topic = f"ck/v1/{kiosk.region}/service/state"
    return kiosk.agent.on_message(topic, orjson.dumps(body), now)


def go_online(kiosk: Kiosk, now: float = NOW) -> Packet:
    birth = kiosk.agent.on_connect(now)[0]
    tell(kiosk, "state", {"online": True}, now)
    return birth


def sequences(packets: list[Packet]) -> list[int]:
    return [
        int(orjson.loads(packet.payload)["sequence"]) for packet in packets if "/e/" in packet.topic
    ]


def replies(packets: list[Packet]) -> list[dict[str, Any]]:
    return [orjson.loads(packet.payload) for packet in packets if packet.topic.endswith("/r")]


def ack(kiosk: Kiosk, upto: int, have: list[list[int]] | None = None, epoch: int = 1) -> None:
    tell(kiosk, "ack", {"epoch": epoch, "upto": upto, "have": have or []})


def in_an_hour(now: float = NOW) -> str:
    return (datetime.fromtimestamp(now, UTC) + timedelta(hours=1)).isoformat()


def replay(kiosk: Kiosk, first: int, last: int, epoch: int = 1, name: str = "r1") -> None:
    body = {
        "id": name, "do": "replay", "epoch": epoch, "from": first, "to": last,
        "expires": in_an_hour(),
    }  # fmt: skip
    assert tell(kiosk, "cmd", body)


def test_the_birth_is_retained_and_tells_how_far_the_journal_goes(kiosk: Kiosk) -> None:
    birth = go_online(kiosk)
    state = KIOSK_STATE.validate_json(birth.payload)
    assert state.online
    assert (state.boot, state.epoch, state.head) == (kiosk.boot, 1, kiosk.head)
    assert (birth.retain, birth.qos) == (True, 1)
    will = kiosk.agent.will()
    assert will.topic == birth.topic
    assert will.retain
    assert KIOSK_STATE.validate_json(will.payload).boot == kiosk.boot


def test_facts_go_out_in_sequence_inside_a_window(kiosk: Kiosk) -> None:
    go_online(kiosk)
    sent = kiosk.agent.poll(NOW, ROOM)
    assert sequences(sent) == list(range(1, 65))
    assert all(read_topic(packet.topic) for packet in sent)
    assert all((packet.qos, packet.retain) == (1, False) for packet in sent)
    assert kiosk.agent.poll(NOW + 1, ROOM) == []


def test_an_ack_opens_the_window_and_empties_the_outbox(kiosk: Kiosk) -> None:
    go_online(kiosk)
    kiosk.agent.poll(NOW, ROOM)
    assert kiosk.outbox.depth(kiosk.head) == kiosk.head
    ack(kiosk, 60)
    assert kiosk.outbox.depth(kiosk.head) == kiosk.head - 60
    assert sequences(kiosk.agent.poll(NOW, ROOM))[0] == 65


def test_nothing_but_the_services_ack_empties_the_outbox(kiosk: Kiosk) -> None:
    go_online(kiosk)
    for minute in range(30):
        kiosk.agent.poll(NOW + 60 * minute, ROOM)
    kiosk.agent.on_disconnect()
    kiosk.save()
    assert kiosk.outbox.depth(kiosk.head) == kiosk.head


def test_what_was_confirmed_is_known_after_a_restart(kiosk: Kiosk, new_kiosk: NewKiosk) -> None:
    go_online(kiosk)
    kiosk.agent.poll(NOW, ROOM)
    ack(kiosk, 42)
    kiosk.save()
    again = new_kiosk()
    assert again.outbox.upto == 42
    go_online(again)
    assert sequences(again.agent.poll(NOW, ROOM))[0] == 43


@pytest.mark.parametrize(
    ("upto", "epoch"), [(50, 2), (1_000_000, 1)], ids=["another epoch", "past the journal"]
)
def test_an_ack_of_another_journal_is_ignored(kiosk: Kiosk, upto: int, epoch: int) -> None:
    go_online(kiosk)
    kiosk.agent.poll(NOW, ROOM)
    ack(kiosk, upto, epoch=epoch)
    assert kiosk.outbox.upto == 0


def test_an_ack_that_was_overtaken_changes_nothing(kiosk: Kiosk) -> None:
    go_online(kiosk)
    kiosk.agent.poll(NOW, ROOM)
    ack(kiosk, 50)
    ack(kiosk, 20)
    assert kiosk.outbox.upto == 50


def test_facts_without_an_ack_go_out_again_after_growing_pauses(kiosk: Kiosk) -> None:
    go_online(kiosk)
    assert sequences(kiosk.agent.poll(NOW, ROOM))[0] == 1
    pauses, now = [], NOW
    for _ in range(4):
        due = kiosk.agent.due_at()
        pauses.append(due - now)
        now = due
        again = sequences(kiosk.agent.poll(now, ROOM))
        assert again[0] == 1
    assert pauses == sorted(pauses)
    assert pauses[-1] > 3 * pauses[0]
    assert len(again) == 16


def test_who_answers_late_is_waited_for_longer(kiosk: Kiosk) -> None:
    go_online(kiosk)
    now = NOW
    for upto in (60, 120, 180):
        kiosk.agent.poll(now, 60)
        now += 40
        tell(kiosk, "ack", {"epoch": 1, "upto": upto, "have": []}, now)
    kiosk.agent.poll(now, 60)
    assert kiosk.agent.due_at() > now + 80, "an ack takes forty seconds here"


def test_what_went_out_twice_does_not_tell_how_long_an_ack_takes() -> None:
    patience = Patience(10, 300)
    patience.sent(5, 0)
    patience.ended()
    patience.sent(5, 20)
    patience.confirmed(5, 21)
    assert patience.pause_s == 20
    patience.sent(6, 22)
    patience.confirmed(6, 23)
    assert patience.pause_s == 10


def test_only_the_holes_that_an_ack_shows_go_out_again(kiosk: Kiosk) -> None:
    go_online(kiosk)
    kiosk.agent.poll(NOW, ROOM)
    ack(kiosk, 10, [[13, 20], [22, 64]])
    sent = sequences(kiosk.agent.poll(NOW, ROOM))
    assert sent[:3] == [11, 12, 21]
    assert sent[3:] == list(range(65, 65 + len(sent) - 3))
    ack(kiosk, 10, [[13, 20], [22, 70]])
    assert not set(sequences(kiosk.agent.poll(NOW + 0.1, ROOM))) & set(range(11, 65))


def test_what_the_service_already_has_is_not_sent_again(kiosk: Kiosk) -> None:
    go_online(kiosk)
    kiosk.agent.poll(NOW, ROOM)
    ack(kiosk, 10, [[13, 20], [22, 64]])
    kiosk.agent.poll(NOW, ROOM)
    kiosk.agent.on_disconnect()
    go_online(kiosk, NOW + 60)
    again = sequences(kiosk.agent.poll(NOW + 60, ROOM))
    assert again[:3] == [11, 12, 21]
    assert not set(again) & {*range(13, 21), *range(22, 65)}


def test_the_outbox_is_kept_while_the_service_is_away(kiosk: Kiosk) -> None:
    kiosk.agent.on_connect(NOW)
    tell(kiosk, "state", {"online": False})
    assert sequences(kiosk.agent.poll(NOW + 40, ROOM)) == []
    tell(kiosk, "state", {"online": True}, NOW + 200)
    assert sequences(kiosk.agent.poll(NOW + 200, ROOM))[:2] == [1, 2]


def test_while_nobody_listens_one_fact_knocks_now_and_then(kiosk: Kiosk) -> None:
    kiosk.agent.on_connect(NOW)
    tell(kiosk, "state", {"online": False})
    knock_at = kiosk.agent.due_at()
    assert NOW + 40 < knock_at < NOW + 80
    assert sequences(kiosk.agent.poll(knock_at, ROOM)) == [1]
    assert sequences(kiosk.agent.poll(knock_at + 40, ROOM)) == []
    assert sequences(kiosk.agent.poll(knock_at + 80, ROOM)) == [1]


def test_a_line_that_breaks_often_does_not_put_off_the_knock(kiosk: Kiosk) -> None:
    sent = []
    for minute in range(4):
        now = NOW + 40 * minute
        kiosk.agent.on_connect(now)
        tell(kiosk, "state", {"online": False}, now)
        sent += sequences(kiosk.agent.poll(now + 39, ROOM))
        kiosk.agent.on_disconnect()
    assert sent


def test_nothing_knocks_when_nothing_waits(kiosk: Kiosk) -> None:
    kiosk.agent.on_connect(NOW)
    ack(kiosk, upto=kiosk.head)
    tell(kiosk, "state", {"online": False})
    assert sequences(kiosk.agent.poll(NOW + 100, ROOM)) == []


def test_an_ack_shows_that_somebody_listens_whatever_was_heard_before(kiosk: Kiosk) -> None:
    kiosk.agent.on_connect(NOW)
    tell(kiosk, "state", {"online": False})
    ack(kiosk, upto=1)
    assert sequences(kiosk.agent.poll(NOW + 1, ROOM))[:2] == [2, 3]


def test_a_service_that_says_nothing_of_itself_is_waited_for_briefly(kiosk: Kiosk) -> None:
    kiosk.agent.on_connect(NOW)
    assert kiosk.agent.poll(NOW, ROOM) == []
    due = kiosk.agent.due_at()
    assert due <= NOW + 1.0
    assert sequences(kiosk.agent.poll(due, ROOM))[0] == 1


def test_a_replay_is_sent_again_and_then_answered(kiosk: Kiosk) -> None:
    go_online(kiosk)
    ack(kiosk, kiosk.head)
    kiosk.agent.poll(NOW, ROOM)
    replay(kiosk, 30, 33)
    packets = kiosk.agent.poll(NOW, ROOM)
    assert sequences(packets) == [30, 31, 32, 33]
    assert replies(packets) == [{"id": "r1", "result": "done"}]
    assert packets[-1].topic.endswith("/r")
    Reply.model_validate_json(packets[-1].payload)
    assert packets[0].payload == kiosk.journal.read(30, 30)[0]


def test_a_long_replay_goes_out_in_parts_and_is_answered_once(kiosk: Kiosk) -> None:
    go_online(kiosk)
    ack(kiosk, kiosk.head)
    replay(kiosk, 1, 100)
    parts = [kiosk.agent.poll(NOW, 40) for _ in range(4)]
    assert [len(sequences(part)) for part in parts] == [40, 40, 20, 0]
    assert [len(replies(part)) for part in parts] == [0, 0, 1, 0]


def test_a_replay_of_a_lost_epoch_is_gone(kiosk: Kiosk) -> None:
    kiosk.lose_journal()
    kiosk.power_up(NOW_MS)
    go_online(kiosk)
    replay(kiosk, 1, 5, epoch=1)
    assert replies(kiosk.agent.poll(NOW, ROOM)) == [{"id": "r1", "result": "gone"}]


def test_a_replay_of_facts_that_never_were_is_refused(kiosk: Kiosk) -> None:
    go_online(kiosk)
    replay(kiosk, 1, 1_000_000)
    assert replies(kiosk.agent.poll(NOW, ROOM))[0]["result"] == "refused"


def test_a_count_command_counts_every_slot_once(kiosk: Kiosk) -> None:
    go_online(kiosk)
    ack(kiosk, kiosk.head)
    head = kiosk.head
    body = {"id": "c1", "do": "count", "expires": in_an_hour()}
    tell(kiosk, "cmd", body)
    tell(kiosk, "cmd", body)
    packets = kiosk.agent.poll(NOW, ROOM)
    assert kiosk.head == head + 1
    event = orjson.loads(kiosk.journal.read(head + 1, head + 1)[0])
    assert event["data"]["why"] == "asked"
    assert len(event["data"]["slots"]) == len(kiosk.spec.slots)
    assert [reply["result"] for reply in replies(packets)] == ["done", "done"]
    assert sequences(packets) == [head + 1]


def test_an_expired_command_is_ignored(kiosk: Kiosk) -> None:
    go_online(kiosk)
    ack(kiosk, kiosk.head)
    stale = datetime.fromtimestamp(NOW - 200, UTC).isoformat()
    tell(kiosk, "cmd", {"id": "c1", "do": "count", "expires": stale})
    head = kiosk.head
    assert replies(kiosk.agent.poll(NOW, ROOM)) == []
    assert kiosk.head == head


def test_a_message_that_cannot_be_read_harms_nothing(kiosk: Kiosk) -> None:
    go_online(kiosk)
    for payload in (b"", b"\xff", b"[]", b'{"epoch":"x"}', b'{"epoch":1,"upto":-5}'):
        for leaf in ("ack", "cmd"):
            topic = f"ck/v1/{kiosk.region}/{kiosk.id}/{leaf}"
            assert not kiosk.agent.on_message(topic, payload, NOW)
    assert sequences(kiosk.agent.poll(NOW, ROOM))[0] == 1


def test_heartbeats_come_every_five_minutes_at_most(kiosk: Kiosk) -> None:
    go_online(kiosk)
    ack(kiosk, kiosk.head)
    beats = []
    for second in range(0, 3600, 5):
        for packet in kiosk.agent.poll(NOW + second, ROOM):
            if packet.topic.endswith("/hb"):
                beats.append(NOW + second)
                beat = Heartbeat.model_validate_json(packet.payload)
                assert beat.head == kiosk.head
                assert packet.qos == 0
    assert 10 <= len(beats) <= 12
    assert min(b - a for a, b in pairwise(beats)) >= 295


def test_no_more_goes_out_than_there_is_room_for(kiosk: Kiosk) -> None:
    go_online(kiosk)
    assert sequences(kiosk.agent.poll(NOW, 7)) == list(range(1, 8))
    assert sequences(kiosk.agent.poll(NOW, 7)) == list(range(8, 15))
