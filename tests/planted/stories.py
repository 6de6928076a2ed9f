"""Bugs in the protocol between outbox and books, in asking for gaps, and in a broker's nodes."""

from tests.planted.bug import AGENT, GAPS, NODES, PROTOCOL, SECRET, Bug

_PROTOCOL = "test_stories_of_outbox_and_acknowledgement"
_GAPS = "test_stories_of_gaps_and_replay"

BUGS = (
    Bug(
        "kiosks are acknowledged before the commit",
        "service/inbox/worker.py",
        "            kept = keep_batch(heard, books=books, at=at, zone=self._zone)\n",
        "            kept = keep_batch(heard, books=books, at=at, zone=self._zone)\n"
        "            for one in kept.acknowledgements:\n"
        '                topic = kiosk_topic(self._region, one.kiosk_id, "ack")\n'
        "                self._receiver.publish(topic, ack_json(one), qos=0)\n",
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "an acknowledgement goes up to the newest, past the holes",
        "service/inbox/worker.py",
        "        upto=progress.upto,\n",
        "        upto=progress.newest,\n",
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "a stale acknowledgement of the journal before is believed",
        "kiosk_sim/kiosk/outbox.py",
        "if ack.epoch != self.epoch or ack.upto > head",
        "if ack.upto > head",
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "the small file of the journal before is believed",
        "kiosk_sim/kiosk/outbox.py",
        '            if held["epoch"] == epoch:\n',
        '            if held["upto"] >= 0:\n',
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "what was sent counts as received",
        "kiosk_sim/kiosk/agent.py",
        "            self._next = last + 1\n",
        "            self._next = last + 1\n"
        "            self._inside.outbox.upto = max(self._inside.outbox.upto, last)\n",
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "who missed that the service came back waits for ever",
        "kiosk_sim/kiosk/company.py",
        "return self.listens is False and now >= self.knock_at",
        "return False",
        AGENT,
        "test_while_nobody_listens_one_fact_knocks_now_and_then",
    ),
    Bug(
        "gone is said of what is still in the journal",
        "kiosk_sim/kiosk/orders.py",
        "        if command.epoch < journal.epoch:\n",
        "        if command.epoch <= journal.epoch:\n",
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "a line cut off in writing is a fact",
        "kiosk_sim/kiosk/journal.py",
        'return path.read_bytes().split(b"\\n")[:-1]',
        'return [line for line in path.read_bytes().split(b"\\n") if line]',
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "replays of a lost journal are served from the new one",
        "kiosk_sim/kiosk/agent.py",
        "        self._orders.forget_replays()\n",
        "",
        PROTOCOL,
        _PROTOCOL,
    ),
    Bug(
        "a gap that shrank is still its old command's",
        "service/domain/gaps.py",
        "                next_ask_at=at + PATIENCE,\n",
        "                next_ask_at=at + PATIENCE,\n"
        "                command_id=next((gap.command_id for gap in overlapping), None),\n",
        GAPS,
        _GAPS,
    ),
    Bug(
        "the rest of a large gap is given up by the same word",
        "service/flows/gaps.py",
        "asks=0, command_id=None)",
        "asks=0)",
        GAPS,
        _GAPS,
    ),
    Bug(
        "asking again has no longest pause",
        "service/domain/gaps.py",
        "min(ASK_AGAIN_MAX, PATIENCE * 2 ** min(self.asks, 10))",
        "PATIENCE * 2 ** min(self.asks, 10)",
        GAPS,
        _GAPS,
    ),
    Bug(
        "a birth alone opens no gap",
        "service/flows/keep.py",
        "    touched = _heads(settled.progress, signs)\n",
        "    touched = dict.fromkeys(settled.progress, 0)\n",
        GAPS,
        _GAPS,
    ),
    Bug(
        "anybody may be a node of the cluster",
        "broker/nats.py",
        '  authorization {{ user: "{NAME}", password: {password}, timeout: 5 }}\n',
        "",
        SECRET,
        "test_who_does_not_know_the_secret_is_no_node",
    ),
    Bug(
        "a dead node is tried for ever",
        "service/inbox/receiver.py",
        "places[self._attempts % len(places)]",
        "places[0]",
        NODES,
        "test_nodes_that_do_not_answer_are_passed_over",
    ),
)
