"""Says in one sentence, Chinese and English, what is wrong and what to do about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from service.domain.district import Named
from service.domain.incidents import ITEMS, IncidentKind, Numbers, Part

_ESTIMATE: Final = Named("（直线距离估算）", " (estimated from straight lines)")
_ITEMS_MAX: Final = 3
"""So many items are named in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWords:
    """What an item and its pack are called."""

    name: Named
    pack: Named


_ANYTHING: Final = ItemWords(name=Named("药具", "item"), pack=Named("盒", "box"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the sentence needs besides the figures: the items' names and the district's clock."""

    items: Mapping[str, ItemWords]
    zone: tzinfo

    def of(self, part: Part) -> ItemWords:
        """Return what an item of an incident is called."""
        return self.items.get(str(part.get("item")), _ANYTHING)


def why(kind: IncidentKind, numbers: Numbers, words: Wording) -> Named:
    """Return the sentence; figures are those that the incident has now."""
    return _SENTENCES[kind](numbers, words)


def _silent(numbers: Numbers, words: Wording) -> Named:
    at = _moment(numbers, "heard_at", words)
    if at is None:
        return Named(
            "从未收到这台设备的消息；请检查电源和网络。",
            "Nothing was ever heard from this kiosk; check its power and network.",
        )
    return Named(
        f"{at.zh}之后再没有收到消息，库存不明；请检查电源和网络。",
        f"Nothing heard since {at.en}, so its stock is unknown; check its power and network.",
    )


def _network(numbers: Numbers, words: Wording) -> Named:
    silent, among = count_of(numbers, "kiosks"), count_of(numbers, "among")
    at = _moment(numbers, "since", words)
    since = Named(f"{at.zh}起", f" since {at.en}") if at is not None else Named("", "")
    if numbers.get("cause") == "broker":
        return Named(
            f"{since.zh}与消息服务器的连接中断，所有设备的情况都不明；"
            "请先检查消息服务器和网络，不必逐台派人。",
            f"No connection to the message broker{since.en}, so nothing is known of any kiosk; "
            "check the broker and the network before sending anybody to a kiosk.",
        )
    return Named(
        f"{since.zh} {among} 台设备中有 {silent} 台同时失联，多半是网络或消息服务器的问题；"
        "请先检查网络，不必逐台派人。",
        f"{silent} of {plural(among, 'kiosk')} fell silent at once{since.en}: most likely the "
        "network or the message broker. Check those before sending anybody to a kiosk.",
    )


def _low(numbers: Numbers, words: Wording) -> Named:
    def part(one: Part) -> Named:
        left, capacity = count_of(one, "on_hand_packs"), count_of(one, "capacity_packs")
        item, may = words.of(one), _may_run_out(one)
        return Named(
            f"{item.name.zh}只剩 {left} {item.pack.zh}（可装 {capacity} {item.pack.zh}{may.zh}）",
            f"{item.name.en}: {plural(left, item.pack.en)} left of {capacity}{may.en}",
        )

    said = _all_of(numbers, part)
    return Named(f"{said.zh}；请安排补货。", f"{said.en}; plan a refill.")


def _may_run_out(part: Part) -> Named:
    chance, days = part.get("p_stock_out"), count_of(part, "days")
    if not isinstance(chance, int | float):
        return Named("", "")
    return Named(
        f"，{days} 天内发完的可能性 {chance:.0%}",
        f" ({chance:.0%} likely to run out within {plural(days, 'day')})",
    )


def _out(numbers: Numbers, words: Wording) -> Named:
    stuck = False

    def part(one: Part) -> Named:
        nonlocal stuck
        left, capacity = count_of(one, "on_hand_packs"), count_of(one, "capacity_packs")
        jammed, item = count_of(one, "jammed_slots"), words.of(one)
        if left > 0 and jammed > 0:
            stuck = True
            return Named(
                f"{item.name.zh}领不到：机内还有 {left} {item.pack.zh}，但有 {jammed} 个货道卡货",
                f"{item.name.en} cannot be had: {plural(left, item.pack.en)} inside, "
                f"but {plural(jammed, 'slot')} jammed",
            )
        return Named(
            f"{item.name.zh}已发完（可装 {capacity} {item.pack.zh}）",
            f"{item.name.en} has run out (room for {plural(capacity, item.pack.en)})",
        )

    said = _all_of(numbers, part)
    if stuck:
        return Named(f"{said.zh}；请派人检修。", f"{said.en}; send somebody.")
    return Named(f"{said.zh}；请尽快补货。", f"{said.en}; refill it soon.")


def _fault(numbers: Numbers, _words: Wording) -> Named:
    machine, jammed = count_of(numbers, "machine_faults"), count_of(numbers, "jammed_slots")
    if machine == 0:
        return Named(
            f"{jammed} 个货道卡货，有药具领不到；请派人检修。",
            f"{plural(jammed, 'slot')} jammed, so an item cannot be had; send somebody.",
        )
    also = Named(f"，另有 {jammed} 个货道卡货", f" and {plural(jammed, 'jammed slot')}")
    also = also if jammed > 0 else Named("", "")
    return Named(
        f"设备报告 {machine} 项故障{also.zh}，可能无法发放；请派人检修。",
        f"The kiosk reports {plural(machine, 'fault')}{also.en} and may not work; send somebody.",
    )


def _no_takers(numbers: Numbers, _words: Wording) -> Named:
    days = count_of(numbers, "days")
    return Named(
        f"设备在线、有货，却已 {days} 天无人领取，按平时的用量这几乎不可能；"
        "可能卡住了或进不去，请派人查看。",
        f"Online and in stock, yet nothing was taken for {plural(days, 'day')}, which its usual "
        "demand makes most unlikely: it may be stuck or out of reach. Send somebody to look.",
    )


def _expiry(numbers: Numbers, words: Wording) -> tuple[Named, int]:
    def part(one: Part) -> Named:
        packs, item = count_of(one, "packs"), words.of(one)
        on = date.fromisoformat(one["expires_on"]) if one.get("expires_on") else None
        when = (
            Named("", "") if on is None else Named(f"（{on.isoformat()}）", f" ({on.isoformat()})")
        )
        return Named(
            f"{item.name.zh} {packs} {item.pack.zh}{when.zh}",
            f"{item.name.en}: {plural(packs, item.pack.en)}{when.en}",
        )

    return _all_of(numbers, part), count_of(numbers, "days")


def _expiring(numbers: Numbers, words: Wording) -> Named:
    said, days = _expiry(numbers, words)
    return Named(
        f"{days} 天内到期：{said.zh}；请在到期前用掉或换下。",
        f"Expires within {plural(days, 'day')}: {said.en}. Use it first, or take it out in time.",
    )


def _expired(numbers: Numbers, words: Wording) -> Named:
    said, _ = _expiry(numbers, words)
    return Named(
        f"已过期：{said.zh}；请立即取出，不得再发放。",
        f"Expired: {said.en}. Take it out at once; it must not be given out.",
    )


def _discrepancy(numbers: Numbers, _words: Wording) -> Named:
    missing, found = count_of(numbers, "packs_missing"), count_of(numbers, "packs_found")
    days = count_of(numbers, "days")
    return Named(
        f"最近 {days} 天清点与账面不符：少 {missing} 盒，多 {found} 盒；请核对设备和补货记录。",
        f"Counts of the last {plural(days, 'day')} differ from the books: "
        f"{plural(missing, 'pack')} missing, {found} too many. Check the machine and its refills.",
    )


def _clock(numbers: Numbers, _words: Wording) -> Named:
    count = count_of(numbers, "facts_aside")
    return Named(
        f"设备时钟不对，有 {count} 条记录未入账；请校准设备时间。",
        f"Its clock is wrong: {plural(count, 'record')} not booked; set the clock right.",
    )


def _conflict(numbers: Numbers, _words: Wording) -> Named:
    count = count_of(numbers, "facts_aside")
    return Named(
        f"有 {count} 条记录与先收到的同号内容矛盾，以先收到的为准；请联系设备厂家核对。",
        f"{plural(count, 'record')} contradict what came first under their number. "
        "Ask the maker of the machine to check.",
    )


def _month(numbers: Numbers, _words: Wording) -> Named:
    month, kiosks = str(numbers.get("month", "")), count_of(numbers, "kiosks")
    facts = count_of(numbers, "facts")
    return Named(
        f"{month} 月报还不能结账：{kiosks} 台设备的数据不全，缺 {facts} 条记录；"
        "请让设备补传，或结账时注明。",
        f"{month} cannot be closed yet: data of {plural(kiosks, 'kiosk')} incomplete, "
        f"{plural(facts, 'record')} missing. Have them sent again, or close with a remark.",
    )


_MINUTES: Final = 15
"""Incidents from before the walk was a setting do not say it."""

_GAP_CAUSES: Final = {
    "empty": (
        Named("缺货", "out of stock"),
        Named("请优先为这里或附近设备补货", "refill it, or a kiosk nearby, first"),
    ),
    "machine": (
        Named("设备故障", "out of order"),
        Named("请优先检修这里或附近设备", "repair it, or a kiosk nearby, first"),
    ),
}


def _circle_gap(numbers: Numbers, words: Wording) -> Named:
    people = count_of(numbers, "people")
    minutes = count_of(numbers, "walk_minutes") or _MINUTES
    estimate = _ESTIMATE if numbers.get("estimate", 1) else Named("", "")
    why_so, do = _GAP_CAUSES.get(str(numbers.get("cause")), _GAP_CAUSES["empty"])
    names = [words.of(part).name for part in numbers.get(ITEMS, ({},))]
    zh, en = "、".join(one.zh for one in names), ", ".join(one.en for one in names)
    communities = count_of(numbers, "communities")
    among = Named(f"{communities} 个小区", f" in {communities} communities")
    among = among if communities > 1 else Named("", "")
    return Named(
        f"{minutes} 分钟步行圈内领不到{zh}（{why_so.zh}），影响{among.zh} {people} 名育龄居民"
        f"{estimate.zh}；{do.zh}。",
        f"No kiosk within a {minutes}-minute walk has {en} ({why_so.en}); "
        f"{plural(people, 'resident')} of childbearing age affected{among.en}{estimate.en}; "
        f"{do.en}.",
    )


_SENTENCES: Final[Mapping[IncidentKind, Callable[[Numbers, Wording], Named]]] = {
    IncidentKind.SILENT: _silent,
    IncidentKind.LOW: _low,
    IncidentKind.OUT: _out,
    IncidentKind.FAULT: _fault,
    IncidentKind.NO_TAKERS: _no_takers,
    IncidentKind.EXPIRING: _expiring,
    IncidentKind.EXPIRED: _expired,
    IncidentKind.DISCREPANCY: _discrepancy,
    IncidentKind.CLOCK: _clock,
    IncidentKind.CIRCLE_GAP: _circle_gap,
    IncidentKind.CONFLICT: _conflict,
    IncidentKind.MONTH_NOT_CLOSABLE: _month,
    IncidentKind.NETWORK: _network,
}


def _all_of(numbers: Numbers, part: Callable[[Part], Named]) -> Named:
    """Say something of each item, of so many at most, and how many more there are."""
    parts = list(numbers.get(ITEMS, ())) or [{}]
    said = [part(one) for one in parts[:_ITEMS_MAX]]
    more = len(parts) - len(said)
    zh, en = "，".join(one.zh for one in said), ", ".join(one.en for one in said)
    if more > 0:
        return Named(f"{zh}，另有 {more} 种", f"{en}, and {more} more")
    return Named(zh, en)


def _moment(numbers: Numbers, name: str, words: Wording) -> Named | None:
    said = numbers.get(name)
    if not isinstance(said, str):
        return None
    at = datetime.fromisoformat(said).astimezone(words.zone)
    return Named(f"{at.month}月{at.day}日 {at:%H:%M}", f"{at.day} {at:%b %H:%M}")


def count_of(numbers: Numbers, name: str) -> int:
    """Return a figure as a whole number; 0 where there is none."""
    value = numbers.get(name)
    return int(value) if isinstance(value, int | float) else 0


def plural(count: int, noun: str) -> str:
    """Return a number with its noun, in English."""
    if count == 1:
        return f"1 {noun}"
    ending = "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count:,} {noun}{ending}"
