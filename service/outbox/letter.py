"""A parcel as it is written: its words, as JSON of ours, and as Prometheus' Alertmanager has it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.domain.incidents import What
from service.domain.notice import Notice, Style
from service.domain.words_notices import Message, Writer
from service.flows.notices import Parcel
from service.outbox.http import BODY_BYTES_MAX, as_body

TYPE: Final = "circle15.notice.v1"
_NOT_OVER: Final = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of what has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent, in the recipient's language."""

    parcel: Parcel
    public_url: str = ""

    @property
    def _writer(self) -> Writer:
        parcel = self.parcel
        return Writer(
            language=parcel.recipient.language,
            glossary=parcel.glossary,
            public_url=self.public_url,
        )

    @property
    def message(self) -> Message:
        """Return subject and text."""
        one = self.parcel.notice
        if one.style is Style.TEST:
            return self._writer.test()
        if one.style is Style.DIGEST:
            return self._writer.digest(self.parcel.lines, self.parcel.styles)
        return self._writer.single(one)

    @property
    def _told(self) -> list[Notice]:
        one = self.parcel.notice
        if one.style is Style.DIGEST:
            return [line.notice for line in self.parcel.lines]
        return [] if one.style is Style.TEST else [one]

    def as_json(self) -> bytes:
        """Return it as our webhook tells it; the same bytes however often it is tried."""
        one, message = self.parcel.notice, self.message
        whole = {
            "type": TYPE,
            "id": one.id,
            "style": one.style.value,
            "recipient": self.parcel.recipient.name,
            "made_at": one.made_at.isoformat(),
            "subject": message.subject,
            "text": message.body,
            "incidents": [self._incident(each) for each in self._told],
            "left_out": 0,
        }
        return _within(whole, "incidents", "left_out")

    def as_alerts(self) -> bytes:
        """Return it as Alertmanager's webhook tells it, version 4."""
        told = self._told
        alerts = [self._alert(one) for one in told] or [self._test_alert()]
        is_firing = any(one["status"] == "firing" for one in alerts)
        labels = alerts[0]["labels"] if len(alerts) == 1 else {}
        whole = {
            "version": "4",
            "groupKey": f"circle15/{self._group(told)}",
            "truncatedAlerts": 0,
            "status": "firing" if is_firing else "resolved",
            "receiver": self.parcel.recipient.name,
            "groupLabels": labels,
            "commonLabels": labels,
            "commonAnnotations": {},
            "externalURL": self.public_url,
            "alerts": alerts,
        }
        return _within(whole, "alerts", "truncatedAlerts")

    def _incident(self, one: Notice) -> dict[str, Any]:
        name = self.parcel.glossary.place(one.place)
        return {
            "id": one.incident_id,
            "kind": one.kind.value if one.kind else None,
            "place": one.place,
            "place_name_zh": name.zh,
            "place_name_en": name.en,
            "severity": one.severity.value,
            "what": one.what.value if one.what else None,
            "since": one.since.isoformat(),
            "at": one.event_at.isoformat(),
            "by": one.by,
            "after_minutes": one.level_minutes,
            "numbers": one.numbers,
            "url": self._writer.link(one.incident_id) if self.public_url else "",
        }

    def _alert(self, one: Notice) -> dict[str, Any]:
        is_over = one.what is What.RESOLVED
        kind = one.kind.value if one.kind else ""
        message = self._writer.single(one)
        return {
            "status": "resolved" if is_over else "firing",
            "labels": {"alertname": kind, "place": one.place, "severity": one.severity.value},
            "annotations": {"summary": message.subject, "description": message.body},
            "startsAt": one.since.isoformat(),
            "endsAt": one.event_at.isoformat() if is_over else _NOT_OVER,
            "generatorURL": self._writer.link(one.incident_id) if self.public_url else "",
            "fingerprint": hashlib.sha256(f"{kind}|{one.place}".encode()).hexdigest()[:16],
        }

    def _test_alert(self) -> dict[str, Any]:
        one, message = self.parcel.notice, self.message
        return {
            "status": "resolved",
            "labels": {"alertname": "test", "severity": one.severity.value},
            "annotations": {"summary": message.subject, "description": message.body},
            "startsAt": one.made_at.isoformat(),
            "endsAt": one.made_at.isoformat(),
            "generatorURL": "",
            "fingerprint": one.id[:16],
        }

    def _group(self, told: Sequence[Notice]) -> str:
        if len(told) != 1 or told[0].kind is None:
            return f"{self.parcel.notice.style.value}/{self.parcel.channel.id}"
        return f"{told[0].kind.value}/{told[0].place}"


def _within(whole: dict[str, Any], rows: str, left_out: str) -> bytes:
    """Return JSON that is no longer than a body may be: the last rows are left out, and counted."""
    body = as_body(whole)
    every = whole[rows]
    while len(body) > BODY_BYTES_MAX and len(whole[rows]) > 1:
        fewer = len(whole[rows]) // 2
        whole = {**whole, rows: every[:fewer], left_out: len(every) - fewer}
        body = as_body(whole)
    if len(body) > BODY_BYTES_MAX:
        body = as_body({**whole, rows: [], left_out: len(every)})
    return body
