"""Who hears what: recipients, their channels and subscriptions, and windows of maintenance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Query, Response

from service.api import examples_notices as examples
from service.api.answers import answer, documented
from service.api.errors import RefusalError
from service.api.examples_quality import NOT_JSON, WRITING_REFUSED
from service.api.given_recipients import (
    GivenChannel,
    GivenRecipient,
    GivenSubscription,
    GivenWindow,
)
from service.api.here import only_from_here
from service.flows.contacts import ContactDesk, ContactError, Removable
from service.flows.reads.notices import (
    ChannelView,
    MaintenanceView,
    RecipientView,
    SubscriptionView,
    TellingReads,
)

WINDOWS_MAX: Final = 200

T = TypeVar("T")
Number = Annotated[int, Path(description="Its id.", ge=1, le=2**31 - 1, examples=[3])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was kept, by its id."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """It is gone."""

    removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The notice by which a channel is tried; ``/notices`` tells what became of it."""

    notice_id: str


_REMOVABLE: Final[dict[str, Removable]] = {
    "/recipients": "recipient",
    "/channels": "channel",
    "/subscriptions": "subscription",
    "/maintenance": "maintenance",
}


def recipient_routes(reads: TellingReads, desk: ContactDesk) -> APIRouter:
    """Return the routes about who hears what."""
    router = APIRouter(tags=["notices"])
    _add_lists(router, reads)
    _add_keeping(router, desk)
    for path, what in _REMOVABLE.items():
        _add_removal(router, desk, path, what)
    _add_deeds(router, desk)
    return router


def _add_lists(router: APIRouter, reads: TellingReads) -> None:
    @router.get(
        "/recipients",
        summary="Who can hear",
        response_model=list[RecipientView],
        responses=documented(examples.RECIPIENTS),
    )
    def recipients() -> Response:
        """Return the people and groups that can hear, by name.

        Each hears of the whole district, or of its towns and sites. In quiet hours its notices
        wait; `critical_passes` lets critical ones through. Past `hourly_max` single notices an
        hour the rest comes as a digest, which says so.
        """
        return answer(tuple[RecipientView, ...], reads.recipients())

    @router.get(
        "/channels",
        summary="By which ways they hear",
        response_model=list[ChannelView],
        responses=documented(examples.CHANNELS),
    )
    def channels() -> Response:
        """Return all channels. An address is never shown whole, and a secret not at all."""
        return answer(tuple[ChannelView, ...], reads.channels())

    @router.get(
        "/subscriptions",
        summary="What they hear, and how soon",
        response_model=list[SubscriptionView],
        responses=documented(examples.SUBSCRIPTIONS),
    )
    def subscriptions() -> Response:
        """Return all subscriptions. Empty lists mean all; equal hours mean the whole day.

        `after_minutes` above 0 is an escalation: told only while nobody has taken it up.
        """
        return answer(tuple[SubscriptionView, ...], reads.subscriptions())

    @router.get(
        "/maintenance",
        summary="Windows in which notices are held",
        response_model=list[MaintenanceView],
        responses=documented(examples.WINDOWS),
    )
    def maintenance() -> Response:
        """Return the newest 200 windows; what they hold is told as a digest when they end."""
        return answer(tuple[MaintenanceView, ...], reads.maintenance(most=WINDOWS_MAX))


def _add_keeping(router: APIRouter, desk: ContactDesk) -> None:
    known = Query(description="Which to change; without it, a new one.", ge=1, le=2**31 - 1)
    kept: dict[str, Any] = {
        "response_model": Kept,
        "responses": documented(
            examples.KEPT,
            status_403=WRITING_REFUSED,
            status_404=examples.RECIPIENT_UNKNOWN,
            status_415=NOT_JSON,
            status_422=examples.SCOPE_MISSING,
        ),
        "dependencies": [Depends(only_from_here)],
    }

    @router.put("/recipients", summary="Keep a recipient", **kept)
    def keep_recipient(
        given: Annotated[GivenRecipient, Body(openapi_examples=examples.GIVEN_RECIPIENT)],
        number: Annotated[int | None, known] = None,
    ) -> Response:
        """Keep a recipient, a new one or `number`. From this machine only, for now."""
        return _kept(lambda: desk.keep_recipient(given.recipient(number or 0)))

    @router.put("/channels", summary="Keep a channel", **kept)
    def keep_channel(
        given: Annotated[GivenChannel, Body(openapi_examples=examples.GIVEN_CHANNEL)],
        number: Annotated[int | None, known] = None,
    ) -> Response:
        """Keep a channel; its address is looked at, and nothing is sent.

        - `apprise`: an address that Apprise understands, as mailtos://, dingtalk://, wecombot://,
          feishu://, to one receiver each
        - `webhook`: https:// or http://, each post signed with `secret`
        - `alertmanager`: the same form as Prometheus' Alertmanager; `secret` is its bearer token

        The address and the secret are kept in the database and shown to nobody again; left empty
        in a change, they stay as they are. From this machine only, until there is sign-in.
        """
        return _kept(lambda: desk.keep_channel(given.channel(number or 0)))

    @router.put("/subscriptions", summary="Keep a subscription", **kept)
    def keep_subscription(
        given: Annotated[GivenSubscription, Body(openapi_examples=examples.GIVEN_SUBSCRIPTION)],
        number: Annotated[int | None, known] = None,
    ) -> Response:
        """Keep a subscription. From this machine only, until there is sign-in."""
        return _kept(lambda: desk.keep_subscription(given.subscription(number or 0)))

    @router.put("/maintenance", summary="Announce maintenance", **kept)
    def keep_maintenance(
        given: Annotated[GivenWindow, Body(openapi_examples=examples.GIVEN_WINDOW)],
    ) -> Response:
        """Keep a window of work at a kiosk, a site, a town, or with no `place` everywhere.

        What begins there meanwhile is told when it ends. From this machine only, until there is
        sign-in.
        """
        return _kept(lambda: desk.keep_maintenance(given.window()))


def _add_removal(router: APIRouter, desk: ContactDesk, path: str, what: Removable) -> None:
    @router.delete(
        f"{path}/{{number}}",
        summary=f"Remove: {what}",
        name=f"remove_{what}",
        operation_id=f"remove_{what}",
        response_model=Removed,
        responses=documented(
            examples.REMOVED,
            status_403=WRITING_REFUSED,
            status_404=examples.RECIPIENT_UNKNOWN,
            status_415=NOT_JSON,
            status_422=examples.NUMBER_WRONG,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def remove(number: Number) -> Response:
        """Remove it; with a recipient go its channels and subscriptions. What was told stays.

        A window of maintenance that runs ends first: what it held goes out. From this machine
        only, until there is sign-in.
        """
        obeyed(lambda: desk.remove(what, number))
        return answer(Removed, Removed(removed=True))


def _add_deeds(router: APIRouter, desk: ContactDesk) -> None:
    @router.post(
        "/channels/{number}/test",
        summary="Send a test",
        response_model=Asked,
        responses=documented(
            examples.ASKED,
            status_403=WRITING_REFUSED,
            status_404=examples.RECIPIENT_UNKNOWN,
            status_415=NOT_JSON,
            status_422=examples.NUMBER_WRONG,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def send_test(number: Number) -> Response:
        """Send a test by a channel, as every notice is sent. From this machine only, for now."""
        return answer(Asked, Asked(notice_id=obeyed(lambda: desk.send_test(number))))

    @router.post(
        "/maintenance/{number}/end",
        summary="End maintenance now",
        response_model=Kept,
        responses=documented(
            examples.KEPT,
            status_403=WRITING_REFUSED,
            status_404=examples.RECIPIENT_UNKNOWN,
            status_415=NOT_JSON,
            status_422=examples.NUMBER_WRONG,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def end(number: Number) -> Response:
        """End a window now: what it held goes out as a digest. From this machine only, for now."""
        obeyed(lambda: desk.end_maintenance(number))
        return answer(Kept, Kept(id=number))


def obeyed(deed: Callable[[], T]) -> T:
    """Return what a deed brings; what cannot be done is refused in its words."""
    try:
        return deed()
    except ContactError as error:
        status = 404 if error.is_unknown else 422
        raise RefusalError(status, error.code, error.words.en, error.words.zh) from error


def _kept(deed: Callable[[], int]) -> Response:
    return answer(Kept, Kept(id=obeyed(deed)))
