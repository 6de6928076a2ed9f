"""Does harm at random moments, each fault by its own dice, until it is told to stop."""

import random
from collections.abc import Callable
from typing import Any, Final

import orjson

from kiosk_sim.kiosk.events import kind_of
from service.contract.topics import kiosk_topic
from service.domain.facts import FactKey
from tests.fleet.broker import Message
from tests.fleet.places import REGION
from tests.fleet.seat import Seat
from tests.fleet.service import DOOMS, Ground, Service
from tests.fleet.weather import dice
from tests.fleet.witness import content_of

_DAY_S: Final = 86_400.0
_PER_KIOSK: Final = frozenset({"offline", "power", "journal", "tamper", "garbage", "lies"})
_SAVES_EVERY_S: Final = 6 * 3_600.0


class Harm:
    """Everything bad that the weather has in store."""

    def __init__(self, ground: Ground, seats: list[Seat], service: Service) -> None:
        self.ground = ground
        self.seats = seats
        self.service = service
        self.is_over = False
        self._twins = 0
        self._running: list[Service] = []
        deeds: dict[str, Callable[[random.Random], None]] = {
            "offline": self._offline,
            "power": self._power,
            "journal": self._journal,
            "tamper": self._tamper,
            "garbage": self._garbage,
            "lies": self._lie,
            "kill": lambda rng: self.service.doom(rng.choice(DOOMS)),
            "reconnect": self._reconnect,
            "broker-keeps": lambda rng: self._broker(rng, keeps=True),
            "broker-rolls-back": lambda rng: self._broker(rng, rolls_back=True),
            "broker-empties": self._broker,
            "busy": self._busy,
            "full": self._full,
            "in-doubt": self._in_doubt,
            "twins": self._twin,
        }
        weather = ground.weather
        for name, rate in weather.rates.items():
            often = rate * len(seats) if name in _PER_KIOSK else rate
            self._again(deeds[name], often, dice(weather.seed, name))
        if "broker-rolls-back" in weather.rates:
            self._save()

    def _again(
        self, deed: Callable[[random.Random], None], per_day: float, rng: random.Random
    ) -> None:
        def act() -> None:
            if not self.is_over:
                deed(rng)
                self._again(deed, per_day, rng)

        self.ground.agenda.after(rng.expovariate(per_day / _DAY_S), act)

    def stop(self) -> None:
        """Do no more harm, and mend what is broken."""
        self.is_over = True
        ground = self.ground
        ground.moods.is_busy = ground.moods.is_full = ground.moods.next_commit_in_doubt = False
        ground.broker.rise()
        for twin in self._running:
            self._retire(twin)
        self.service.doom("")
        self.service.reconnects_while_booking = False
        self.service.start()

    # Kiosks.

    def _offline(self, rng: random.Random) -> None:
        rng.choice(self.seats).stay_away(rng.choice((3_600.0, 40_000.0, 4 * _DAY_S)))

    def _journal(self, rng: random.Random) -> None:
        """A board fails: at once, or just when its kiosk is back and has told how much it owes."""
        seat = rng.choice(self.seats)
        if rng.random() < 1 / 3:
            seat.lose_journal()
            return
        seat.stay_away(rng.choice((3_600.0, 40_000.0)))
        seat.board_fails = True

    def _power(self, rng: random.Random) -> None:
        rng.choice(self.seats).lose_power(rng.uniform(10, 20_000), loses_tail=rng.random() < 1 / 2)

    def _written(self, rng: random.Random) -> tuple[Seat, int, dict[str, Any]] | None:
        seat = rng.choice(self.seats)
        head = seat.kiosk.journal.head
        if head == 0:
            return None
        sequence = rng.randint(max(1, head - rng.choice((0, 5, 1_000))), head)
        return seat, sequence, orjson.loads(seat.kiosk.journal.read(sequence, sequence)[0])

    def _tamper(self, rng: random.Random) -> None:
        """A kiosk says a fact of its journal with other content."""
        written = self._written(rng)
        if written is None:
            return
        seat, sequence, event = written
        data = event["data"]
        if "outcome" in data and rng.random() < 1 / 2:
            data["packs"], data["units"] = data["packs"] + 1, data["units"] + 1
        else:
            data["remark"] = rng.randrange(1_000)
        key = FactKey(seat.spec.id, seat.kiosk.journal.epoch, sequence)
        self.ground.witness.tampered.setdefault(key, []).append(content_of(orjson.dumps(event)))
        self.ground.witness.trace("tamper", *key)
        payload = orjson.dumps(event)
        seat.say(f"e/{kind_of(payload)}", payload)

    def _garbage(self, rng: random.Random) -> None:
        """A kiosk says what nobody can understand, in part under the name of a fact it has."""
        written = self._written(rng)
        if written is None:
            return
        seat, sequence, event = written
        leaf = f"e/{event['type'].split('.')[1]}"
        what = rng.randrange(7)
        self.ground.witness.trace("garbage", seat.spec.id, sequence, what)
        if what == 0:
            seat.say(rng.choice((leaf, "state", "hb", "r", "ask")), rng.randbytes(40))
        elif what == 1:
            seat.say(rng.choice((leaf, "state", "hb", "r", "ask")), orjson.dumps([sequence]))
        elif what == 2:
            seat.say(leaf, orjson.dumps(event | {"more": "x" * 20_000}))
        elif what == 3:
            seat.say(leaf, orjson.dumps(event | {"data": {}}))
        elif what == 4:
            seat.say(leaf, orjson.dumps(event | {"type": "ck.sneeze.v1"}))
        elif what == 5:
            seat.say("e/fault" if leaf != "e/fault" else "e/count", orjson.dumps(event))
        else:
            seat.say("r", b'{"id":"nobody-asked","result":"gone"}')

    def _lie(self, rng: random.Random) -> None:
        """A kiosk speaks for another one, a stranger speaks, an item is not in the list."""
        written = self._written(rng)
        if written is None:
            return
        seat, sequence, event = written
        leaf = f"e/{event['type'].split('.')[1]}"
        what = rng.randrange(3)
        self.ground.witness.trace("lie", seat.spec.id, sequence, what)
        if what == 0:
            rng.choice(self.seats).say(leaf, orjson.dumps(event))
        elif what == 1:
            stranger = orjson.dumps(event).replace(seat.spec.id.encode(), b"K9999")
            topic = kiosk_topic(REGION, "K9999", leaf)
            self.ground.broker.publish(Message(topic, stranger, 1))
        elif "item" in event["data"]:
            seat.say(leaf, orjson.dumps(event | {"data": event["data"] | {"item": "sweets"}}))

    # The service, the broker, the database.

    def _reconnect(self, rng: random.Random) -> None:
        if rng.random() < 1 / 2:
            self.service.reconnects_while_booking = True
        elif self.service.ear.connected.is_set():
            self.ground.broker.lose(self.service.name)

    def _broker(self, rng: random.Random, *, keeps: bool = False, rolls_back: bool = False) -> None:
        broker = self.ground.broker
        if broker.is_up:
            self.ground.witness.trace("broker", keeps, rolls_back)
            broker.die(keeps=keeps, rolls_back=rolls_back)
            self.ground.agenda.after(rng.choice((1.0, 60.0, 7_200.0)), broker.rise)

    def _save(self) -> None:
        if self.ground.broker.is_up:
            self.ground.broker.save()
        self.ground.agenda.after(_SAVES_EVERY_S, self._save)

    def _busy(self, rng: random.Random) -> None:
        moods = self.ground.moods
        moods.is_busy = True
        self.ground.agenda.after(rng.uniform(1, 90), lambda: setattr(moods, "is_busy", False))

    def _full(self, rng: random.Random) -> None:
        moods = self.ground.moods
        moods.is_full = True
        self.ground.agenda.after(rng.uniform(60, 4_000), lambda: setattr(moods, "is_full", False))

    def _in_doubt(self, _rng: random.Random) -> None:
        self.ground.moods.next_commit_in_doubt = True

    def _twin(self, rng: random.Random) -> None:
        """Start a second worker with the same settings, so under the same client id."""
        self._twins += 1
        self.ground.witness.trace("twin", self._twins)
        twin = Service(self.ground, self.service.name, dice(self._twins, "twin"))
        self._running.append(twin)
        self.ground.agenda.after(rng.uniform(20, 200), lambda: self._retire(twin))

    def _retire(self, twin: Service) -> None:
        twin.stop()
