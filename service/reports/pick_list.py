"""Prints the pick list of a round: what to take from the shelves, then the stops in order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import typst

from service.domain.district import Named
from service.flows.reads.rounds import LineView, PickView, RoundView, StopView
from service.reports.fonts import FONTS

Language = Literal["zh", "en"]

_TEMPLATE: Final = Path(__file__).parent / "pick_list.typ"
_WORDS: Final = {
    "title": Named("补货拣货单", "Pick list"),
    "pick": Named(
        "从货架取出（先到期先取）", "Take from the shelves, those first that expire first"
    ),
    "stops": Named("各站", "Stops"),
    "item": Named("药具", "Item"),
    "lot": Named("批号", "Lot"),
    "expires": Named("有效期至", "Expires"),
    "packs": Named("盒数", "Packs"),
    "check": Named("已取", "Taken"),
    "received": Named("实补", "Put in"),
    "slot": Named("货道", "Slot"),
    "total": Named("共计（盒）：", "Packs in all:"),
    "note": Named(
        "在发放机上补货时请输入路线编号，机器会自动确认本站。实补与应补不符时请写明。",
        "Enter the round's number at the kiosk when restocking: the machine then confirms the stop "
        "by itself. Where what you put in is not what is listed, write it down.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PickListPrinter:
    """Prints pick lists; the same round gives the same bytes."""

    fonts: Sequence[Path] = ()

    def __call__(
        self,
        one: RoundView,
        *,
        items: Mapping[str, Named],
        depot: Named,
        language: Language,
    ) -> bytes:
        """Return the list as a PDF."""
        data = json.dumps(_data(one, items, depot, language), ensure_ascii=False)
        found = typst.compile(
            _TEMPLATE,
            font_paths=list(self.fonts),
            sys_inputs={"data": data},
            format="pdf",
            timestamp=int(one.made_at.timestamp()),
        )
        assert isinstance(found, bytes)
        return found


def _data(
    one: RoundView, items: Mapping[str, Named], depot: Named, language: Language
) -> dict[str, Any]:
    words = {key: _in(words, language) for key, words in _WORDS.items()}
    tours = sorted({stop.tour for stop in one.stops})
    return {
        "title": f"{words['title']} {one.id}",
        "lang": language,
        "fonts": list(FONTS),
        "words": words,
        "about": _about(one, depot, language),
        "tours": [
            {
                "name": _in(Named(f"第 {tour} 人", f"Person {tour}"), language),
                "packs": sum(pick.packs for pick in one.picks if pick.tour == tour),
                "picks": [_pick(pick, items, language) for pick in one.picks if pick.tour == tour],
                "stops": [_stop(stop, items, language) for stop in one.stops if stop.tour == tour],
            }
            for tour in tours
        ],
    }


def _about(one: RoundView, depot: Named, language: Language) -> str:
    about = Named(
        f"日期 {one.for_day}　仓库 {depot.zh}　共 {len(one.stops)} 站",
        f"Day {one.for_day} · Depot {depot.en} · Stops {len(one.stops)}",
    )
    estimate = Named("　路程为估算值", " · ways are estimates")
    return _in(about, language) + (_in(estimate, language) if one.is_estimate else "")


def _stop(stop: StopView, items: Mapping[str, Named], language: Language) -> dict[str, Any]:
    hours, minutes = divmod(stop.arrive_minutes, 60)
    kilometres = f"{stop.metres / 1000:.1f}"
    when = Named(
        f"出发后 {hours}:{minutes:02d} 到，距上一站 {kilometres} 公里",
        f"{hours}:{minutes:02d} after the start, {kilometres} km from the stop before",
    )
    return {
        "number": stop.stop,
        "name": stop.name_zh if language == "zh" else stop.name_en,
        "kiosk": stop.kiosk_id,
        "when": _in(when, language),
        "lines": [{"slot": line.slot, **_pick(line, items, language)} for line in stop.lines],
    }


def _pick(
    line: LineView | PickView, items: Mapping[str, Named], language: Language
) -> dict[str, Any]:
    name = items.get(line.item, Named(line.item, line.item))
    return {
        "item": f"{_in(name, language)} {line.item}",
        "lot": line.lot,
        "expires": _day(line.expires_on),
        "packs": line.packs,
    }


def _day(day: date | None) -> str:
    return "–" if day is None else day.isoformat()


def _in(words: Named, language: Language) -> str:
    return words.zh if language == "zh" else words.en
