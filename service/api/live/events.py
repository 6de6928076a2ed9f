"""Turns changes into the bytes that every page is sent: worked out once, whoever listens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sse_starlette import ServerSentEvent

from service.api.answers import as_json
from service.flows.reads.incidents import IncidentView
from service.flows.reads.kiosks import KioskSummary
from service.flows.reads.ports import Change, Reads
from service.flows.reads.watch import CoverageView, ProgressView

RESUME_MAX: Final = 5_000
"""A page that missed more changes than this is told to read everything anew."""

RETRY_MS: Final = 2_000
_RESET: Final = (
    '{"why_zh":"离开太久，请重新读取全部内容。",'
    '"why_en":"Too much has happened since; read everything anew."}'
)
_SLOW: Final = "this page reads too slowly; it resumes where it was"


def event(kind: str, data: str, change_id: int | None = None) -> bytes:
    """Return one event as it goes over the wire."""
    number = str(change_id) if change_id is not None else None
    return ServerSentEvent(data, event=kind, id=number).encode()


def greeting() -> bytes:
    """Return what opens a stream: it makes the browser know at once that it is connected."""
    return ServerSentEvent(comment="listening", retry=RETRY_MS).encode()


def farewell() -> bytes:
    """Return what a page is told that reads too slowly."""
    return ServerSentEvent(comment=_SLOW).encode()


def progress_event(progress: ProgressView) -> bytes:
    """Return how much history is still to come; it has no number, being of the moment."""
    return event("progress", as_json(ProgressView, progress).decode())


def events_of(changes: Sequence[Change], reads: Reads, *, least_id: int = 0) -> bytes:
    """Return the events for some changes: one for each kiosk and incident, by number.

    An event bears the newest number that it covers, and never one below ``least_id``: a page
    resumes from the last number it saw, which must not move backwards.
    """
    newest: dict[tuple[str, str], int] = {}
    for change in changes:
        known = newest.get((change.kind, change.subject), least_id)
        newest[change.kind, change.subject] = max(known, change.id)
    events: list[tuple[int, bytes]] = []
    kiosk_ids = [subject for kind, subject in newest if kind == "kiosk"]
    for kiosk in reads.kiosks_of(kiosk_ids):
        number = newest["kiosk", kiosk.id]
        events.append((number, event("kiosk", as_json(KioskSummary, kiosk).decode(), number)))
    events += _incidents(changes, newest, reads)
    coverage = [number for (kind, _), number in newest.items() if kind == "coverage"]
    if coverage:
        data = as_json(CoverageView, reads.coverage()).decode()
        events.append((max(coverage), event("coverage", data, max(coverage))))
    events.sort(key=lambda one: one[0])
    return b"".join(text for _, text in events)


def _incidents(
    changes: Sequence[Change], newest: dict[tuple[str, str], int], reads: Reads
) -> list[tuple[int, bytes]]:
    moved = [change for change in changes if change.kind == "incident"]
    if not moved:
        return []
    since: datetime = min(change.at for change in moved)
    # An incident does not bear its subject; the newest number of all is right for each.
    number = max(newest["incident", change.subject] for change in moved)
    found = reads.incidents_moved(sorted({change.subject for change in moved}), since)
    return [
        (number, event("incident", as_json(IncidentView, one).decode(), number)) for one in found
    ]


def missed(after: int, reads: Reads) -> bytes:
    """Return what a page missed since a change, or the word to read everything anew."""
    span = reads.change_span()
    if after > span.newest or after < span.oldest - 1:
        return event("reset", _RESET, span.newest)
    begin = max(0, after - span.overlap)
    changes = reads.changes(begin, also=(), most=RESUME_MAX + 1)
    if len(changes) > RESUME_MAX:
        return event("reset", _RESET, span.newest)
    return events_of(changes, reads, least_id=after)
