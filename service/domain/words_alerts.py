"""Says in one sentence, Chinese and English, what is wrong and what to do about it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from service.domain.alerts import AlertKind, Numbers
from service.domain.district import Named

_ESTIMATE: Final = Named("（直线距离估算）", " (estimated from straight lines)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the sentence needs besides the figures: the item's names and the district's clock."""

    item: Named
    pack: Named
    zone: tzinfo


def why(kind: AlertKind, numbers: Numbers, words: Wording) -> Named:
    """Return the sentence; figures are those of the moment at which the alert was opened."""
    if kind is AlertKind.SILENT:
        return _silent(numbers, words)
    if kind is AlertKind.LOW or kind is AlertKind.OUT:
        return _stock(kind, numbers, words)
    if kind is AlertKind.FAULT:
        return _fault(numbers)
    if kind is AlertKind.CIRCLE_GAP:
        return _circle_gap(numbers, words)
    count = _count(numbers, "facts_aside")
    if kind is AlertKind.CLOCK:
        return Named(
            f"设备时钟不对，有 {count} 条记录未入账；请校准设备时间。",
            f"Its clock is wrong: {_plural(count, 'record')} not booked; set the clock right.",
        )
    return Named(
        f"有 {count} 条记录与已入账的内容矛盾，账目以先到的为准；请联系设备厂家核对。",
        f"{_plural(count, 'record')} contradict what is booked; the first stays booked. "
        "Ask the maker of the machine to check.",
    )


def _silent(numbers: Numbers, words: Wording) -> Named:
    heard = numbers.get("heard_at")
    if not isinstance(heard, str):
        return Named(
            "从未收到这台设备的消息；请检查电源和网络。",
            "Nothing was ever heard from this kiosk; check its power and network.",
        )
    at = datetime.fromisoformat(heard).astimezone(words.zone)
    return Named(
        f"{at.month}月{at.day}日 {at:%H:%M} 之后再没有收到消息，库存不明；请检查电源和网络。",
        f"Nothing heard since {at.day} {at:%b %H:%M}, so its stock is unknown; "
        "check its power and network.",
    )


def _stock(kind: AlertKind, numbers: Numbers, words: Wording) -> Named:
    left, capacity = _count(numbers, "on_hand_packs"), _count(numbers, "capacity_packs")
    jammed = _count(numbers, "jammed_slots")
    item, pack = words.item, words.pack
    if kind is AlertKind.LOW:
        return Named(
            f"{item.zh}只剩 {left} {pack.zh}（可装 {capacity} {pack.zh}）；请安排补货。",
            f"{item.en}: {_plural(left, pack.en)} left of {capacity}; plan a refill.",
        )
    if left > 0 and jammed > 0:
        return Named(
            f"{item.zh}领不到：机内还有 {left} {pack.zh}，但有 {jammed} 个货道卡货；请派人检修。",
            f"{item.en} cannot be had: {_plural(left, pack.en)} inside, "
            f"but {_plural(jammed, 'slot')} jammed; send somebody.",
        )
    return Named(
        f"{item.zh}已发完（可装 {capacity} {pack.zh}）；请尽快补货。",
        f"{item.en} has run out (room for {_plural(capacity, pack.en)}); refill it soon.",
    )


def _fault(numbers: Numbers) -> Named:
    machine, jammed = _count(numbers, "machine_faults"), _count(numbers, "jammed_slots")
    if machine == 0:
        return Named(
            f"{jammed} 个货道卡货，有药具领不到；请派人检修。",
            f"{_plural(jammed, 'slot')} jammed, so an item cannot be had; send somebody.",
        )
    also = Named(f"，另有 {jammed} 个货道卡货", f" and {_plural(jammed, 'jammed slot')}")
    also = also if jammed > 0 else Named("", "")
    return Named(
        f"设备报告 {machine} 项故障{also.zh}，可能无法发放；请派人检修。",
        f"The kiosk reports {_plural(machine, 'fault')}{also.en} and may not work; send somebody.",
    )


_MINUTES: Final = 15
"""Alerts from before the walk was a setting do not say it."""

_GAP_CAUSES: Final = {
    "empty": (
        Named("附近设备缺货", "out of stock nearby"),
        Named("请优先为附近设备补货", "refill a kiosk nearby first"),
    ),
    "machine": (
        Named("附近设备故障", "machines out of order nearby"),
        Named("请优先检修附近设备", "repair a kiosk nearby first"),
    ),
}


def _circle_gap(numbers: Numbers, words: Wording) -> Named:
    people = _count(numbers, "people")
    minutes = _count(numbers, "walk_minutes") or _MINUTES
    estimate = _ESTIMATE if numbers.get("estimate", 1) else Named("", "")
    why, do = _GAP_CAUSES.get(str(numbers.get("cause")), _GAP_CAUSES["empty"])
    return Named(
        f"{minutes} 分钟步行圈内领不到{words.item.zh}（{why.zh}），影响 {people} 名育龄居民"
        f"{estimate.zh}；{do.zh}。",
        f"No kiosk within a {minutes}-minute walk has {words.item.en} ({why.en}); "
        f"{_plural(people, 'resident')} of childbearing age affected{estimate.en}; {do.en}.",
    )


def _count(numbers: Numbers, name: str) -> int:
    value = numbers.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _plural(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    ending = "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count:,} {noun}{ending}"
