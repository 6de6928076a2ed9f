"""Parcels to be sent, said in a line."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from service.domain.digests import collapse, gather
from service.domain.district import Named
from service.domain.incidents import IncidentKind, Severity, What
from service.domain.notice import Notice, Style
from service.domain.recipients import Channel, ChannelKind, Language, Recipient
from service.domain.words_incidents import ItemWords, Wording
from service.domain.words_notices import Glossary
from service.flows.notices import Parcel
from tests.support.notices import OUT
from tests.support.plans import NOW, ZONE

SECRET = "0123456789abcdef"
GLOSSARY = Glossary(
    wording=Wording(
        items={"condom-52": ItemWords(name=Named("避孕套", "Condom"), pack=Named("盒", "box"))},
        zone=ZONE,
    ),
    places={"K0001": Named("河东医院", "Hedong Hospital")},
    district=Named("测试区", "Test district"),
)


def notice(what: What | None = What.OPENED, **other: Any) -> Notice:  # noqa: ANN401 - a notice's own fields
    """Return a notice of a kiosk that has run out."""
    about: dict[str, Any] = {
        "key": f"{what}|{other}",
        "recipient_id": 1,
        "channel_id": 1,
        "incident_id": 17,
        "kind": IncidentKind.OUT,
        "place": "K0001",
        "severity": Severity.CRITICAL,
        "what": what,
        "numbers": OUT.numbers,
        "made_at": NOW,
        "due_at": NOW,
        "event_at": NOW,
        "since": NOW - timedelta(hours=3),
    }
    return Notice(**{**about, **other})


def parcel(
    one: Notice | None = None,
    *,
    address: str = "https://example.org/hook",
    kind: ChannelKind = ChannelKind.WEBHOOK,
    language: Language = "zh",
    lines: tuple[Notice, ...] = (),
    secret: str = SECRET,
) -> Parcel:
    """Return a parcel; with ``lines`` it is their digest."""
    told = one or notice()
    if lines:
        told, _ = gather(lines, NOW)
    return Parcel(
        notice=replace(told, claimed_by="us"),
        channel=Channel(id=1, recipient_id=1, kind=kind, address=address, secret=secret),
        recipient=Recipient(id=1, name="管理员", language=language, whole_district=True),
        glossary=GLOSSARY,
        lines=tuple(collapse(lines)),
    )


TEST = notice(style=Style.TEST, kind=None, what=None, place="", severity=Severity.INFO)
