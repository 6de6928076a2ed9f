"""People change who hears what: looked at whole, in one transaction, refused in words."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar

from service.domain.district import Named
from service.domain.notice import Notice, State, Style
from service.domain.recipients import Channel, ChannelKind, Maintenance, Recipient, Subscription
from service.flows.ports import Books, Store
from service.flows.reads.ports import StoreUnavailableError

T = TypeVar("T")
Removable = Literal["recipient", "channel", "subscription", "maintenance"]

RECIPIENTS_MAX: Final = 500
CHANNELS_MAX: Final = 1_000
SUBSCRIPTIONS_MAX: Final = 5_000
"""Each event is compared with all subscriptions: so many are a matter of milliseconds."""

WINDOW_MAX: Final = timedelta(days=92)
"""Work that takes longer is no maintenance: then the kiosk is closed."""


class ContactError(Exception):
    """What somebody asked for cannot be kept; ``words`` say why and what to do."""

    def __init__(self, words: Named, code: str, *, is_unknown: bool = False) -> None:
        super().__init__(words.en)
        self.code, self.words, self.is_unknown = code, words, is_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDesk:
    """Keeps what people decide; ``fault_of`` looks at a channel's address, and sends nothing."""

    store: Store
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    fault_of: Callable[[Channel], str]
    is_passing: Callable[[Exception], bool] = lambda _error: False

    def keep_recipient(self, recipient: Recipient) -> int:
        """Keep a recipient; an id of 0 is a new one. Return his id."""
        if not (recipient.whole_district or recipient.towns or recipient.sites):
            words = Named(
                "请选择全区，或至少一个镇（街道）或网点。",
                "Choose the whole district, or one town or site at least.",
            )
            raise ContactError(words, "scope_missing")
        with self._books() as books:
            _need_places(books, [*recipient.towns, *recipient.sites])
            if not recipient.id:
                _need_room(len(books.notices.roster(()).recipients), RECIPIENTS_MAX)
            return _kept(books.contacts.save_recipient(recipient), "recipient", recipient.id)

    def keep_channel(self, channel: Channel) -> int:
        """Keep a channel whose address can be spoken to; return its id.

        Where an address or a secret is left empty, the one that is kept stays.
        """
        if channel.id:
            with self._books() as books:
                before = _known(books.notices.roster(()).channels.get(channel.id), "channel")
            channel = replace(
                channel,
                address=channel.address or before.address,
                secret=channel.secret or before.secret,
            )
        if channel.kind is ChannelKind.WEBHOOK and not channel.secret:
            words = Named(
                "签名 Webhook 需要密钥，接收方用它核对签名。",
                "A signed webhook needs a secret, by which its receiver checks the signature.",
            )
            raise ContactError(words, "secret_missing")
        fault = self.fault_of(channel)
        if fault:
            words = Named(f"地址不能用（{fault}）。", f"The address cannot be used: {fault}.")
            raise ContactError(words, "address_wrong")
        with self._books() as books:
            roster = books.notices.roster(())
            _known(roster.recipients.get(channel.recipient_id), "recipient")
            if not channel.id:
                _need_room(len(roster.channels), CHANNELS_MAX)
            return _kept(books.contacts.save_channel(channel), "channel", channel.id)

    def keep_subscription(self, one: Subscription) -> int:
        """Keep a subscription; return its id."""
        with self._books() as books:
            roster = books.notices.roster(())
            _known(roster.recipients.get(one.recipient_id), "recipient")
            if one.channel_id is not None:
                channel = _known(roster.channels.get(one.channel_id), "channel")
                if channel.recipient_id != one.recipient_id:
                    words = Named(
                        "该渠道属于另一位接收人。", "That channel is another recipient's."
                    )
                    raise ContactError(words, "channel_foreign")
            _need_places(books, [*one.towns, *one.sites])
            if not one.id:
                _need_room(len(roster.subscriptions), SUBSCRIPTIONS_MAX)
            return _kept(books.contacts.save_subscription(one), "subscription", one.id)

    def keep_maintenance(self, window: Maintenance) -> int:
        """Keep a window of work; return its id."""
        if not window.from_at < window.until_at <= window.from_at + WINDOW_MAX:
            words = Named(
                f"结束时间须晚于开始时间，且不超过 {WINDOW_MAX.days} 天。",
                f"The end has to be after the begin, by {WINDOW_MAX.days} days at most.",
            )
            raise ContactError(words, "window_wrong")
        if window.until_at <= self.now():
            words = Named("维护时段已经过去。", "That window is over already.")
            raise ContactError(words, "window_past")
        with self._books() as books:
            _need_places(books, [window.place] if window.place else [])
            return books.contacts.save_maintenance(window)

    def end_maintenance(self, number: int) -> None:
        """End a window now: what it held goes out as a digest."""
        with self._books() as books:
            windows = {one.id: one for one in books.notices.roster(()).maintenance}
            _known(windows.get(number), "maintenance")
            books.contacts.release(number, self.now())

    def remove(self, what: Removable, number: int) -> None:
        """Remove something; what it told stays on record."""
        with self._books() as books:
            if what == "maintenance":
                books.contacts.release(number, self.now())
            if not books.contacts.remove(what, number):
                raise _unknown(what)

    def send_test(self, channel_id: int) -> str:
        """Let a channel be tried with a notice of its own; return the notice's id."""
        with self._books() as books:
            channel = _known(books.notices.roster(()).channels.get(channel_id), "channel")
            at = self.now()
            notice = Notice(
                key=f"test|{channel_id}|{self.new_id()}",
                recipient_id=channel.recipient_id,
                channel_id=channel_id,
                style=Style.TEST,
                made_at=at,
                due_at=at,
                event_at=at,
                since=at,
            )
            books.notices.add([notice])
            return notice.id

    def retry(self, notice_id: str) -> None:
        """Let a notice that failed be sent again, now."""
        with self._books() as books:
            one = _known(next(iter(books.notices.by_id([notice_id])), None), "notice")
            if one.state is not State.FAILED:
                words = Named(
                    "只有发送失败的提醒可以重发。", "Only a notice that failed is sent again."
                )
                raise ContactError(words, "not_failed")
            again = replace(one, state=State.WAITING, due_at=self.now(), attempts=0, lapses=0)
            books.notices.save([again])

    @contextmanager
    def _books(self) -> Iterator[Books]:
        try:
            with self.store.begin() as books:
                yield books
        except Exception as error:
            if not self.is_passing(error):
                raise
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error


def _need_places(books: Books, names: Collection[str]) -> None:
    known = books.notices.roster(names).places
    for name in sorted(set(names) - known.keys()):
        words = Named(
            f"本区没有编号为“{name}”的地点。", f'There is no place "{name}" in the district.'
        )
        raise ContactError(words, "place_unknown")


def _need_room(count: int, most: int) -> None:
    if count >= most:
        words = Named(
            f"最多 {most} 个，请先删除不用的。", f"There are {most} already: remove some."
        )
        raise ContactError(words, "too_many")


_THINGS: Final = {
    "recipient": Named("接收人", "recipient"),
    "channel": Named("渠道", "channel"),
    "subscription": Named("订阅", "subscription"),
    "maintenance": Named("维护时段", "maintenance window"),
    "notice": Named("提醒", "notice"),
}


def _unknown(what: str) -> ContactError:
    thing = _THINGS[what]
    words = Named(
        f"没有这个{thing.zh}，可能已删除。", f"There is no such {thing.en}; it may be gone."
    )
    return ContactError(words, f"{what}_unknown", is_unknown=True)


def _known(found: T | None, what: str) -> T:
    if found is None:
        raise _unknown(what)
    return found


def _kept(number: int, what: str, asked: int) -> int:
    """Return the number of what was kept; one that was asked for and is gone is unknown."""
    if asked and not number:
        raise _unknown(what)
    return number
