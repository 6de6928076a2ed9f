"""What a notice says, in Chinese or English: a short subject; what, where, since, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from service.domain.digests import Line
from service.domain.district import Named
from service.domain.incidents import IncidentKind, Severity, What
from service.domain.notice import Notice, Style
from service.domain.recipients import Language
from service.domain.words_incidents import Wording, plural, why

LINES_SHOWN_MAX: Final = 40
"""So many lines a digest says in full; the page has them all."""

PAGE: Final = "/#/incidents"
_SAID_IN_MINUTES: Final = 120
_SAID_IN_HOURS: Final = 48

KINDS: Final[Mapping[IncidentKind, Named]] = {
    IncidentKind.SILENT: Named("设备失联", "Kiosk silent"),
    IncidentKind.LOW: Named("库存偏低", "Running low"),
    IncidentKind.OUT: Named("已发完", "Out of stock"),
    IncidentKind.FAULT: Named("设备故障", "Out of order"),
    IncidentKind.NO_TAKERS: Named("久无人领", "No takers"),
    IncidentKind.EXPIRING: Named("即将到期", "Expiring"),
    IncidentKind.EXPIRED: Named("已过期", "Expired"),
    IncidentKind.DISCREPANCY: Named("账实不符", "Stock differs"),
    IncidentKind.CLOCK: Named("时钟不对", "Clock wrong"),
    IncidentKind.CIRCLE_GAP: Named("服务圈缺口", "Gap in the circle"),
    IncidentKind.CONFLICT: Named("记录矛盾", "Contradiction"),
    IncidentKind.MONTH_NOT_CLOSABLE: Named("月报不能结账", "Month not closable"),
    IncidentKind.NETWORK: Named("网络中断", "Network down"),
}

_SEVERITIES: Final = {
    Severity.INFO: Named("提示", "info"),
    Severity.WARNING: Named("警告", "warning"),
    Severity.CRITICAL: Named("严重", "critical"),
}

_HAPPENED: Final = {
    What.REOPENED: Named("再次：", "Again: "),
    What.WOKEN: Named("暂缓到期：", "No longer put off: "),
    What.ESCALATED: Named("加重：", "Graver: "),
    What.RESOLVED: Named("已恢复：", "Resolved: "),
}
_OPENED_AND_RESOLVED: Final = Named("发生后已恢复：", "Opened and resolved: ")

_INTROS: Final = {
    Style.QUIET: Named("免打扰时段内的提醒已汇总。", "What waited for the end of quiet hours."),
    Style.MAINTENANCE: Named("维护期间的提醒已汇总。", "What was held during maintenance."),
    Style.FLOOD: Named(
        "一小时内的提醒已达上限，其余汇总于此。",
        "More than an hour's limit of single notices came: the rest is put together here.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """What places and items are called, and the district's clock."""

    wording: Wording
    places: Mapping[str, Named]
    district: Named

    def place(self, place: str) -> Named:
        """Return the name of a place, with its id; one without a name is the district's matter."""
        name = self.places.get(place)
        if name is None:
            return self.district
        return Named(f"{name.zh}（{place}）", f"{name.en} ({place})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes messages in one language; ``public_url`` is where people open the page."""

    language: Language
    glossary: Glossary
    public_url: str = ""

    def single(self, one: Notice) -> Message:
        """Return a notice on its own."""
        head = self._head(one)
        level = Named("", "")
        if one.level_minutes > 0:
            level = Named(
                f"{one.level_minutes} 分钟无人处理：",
                f"Nobody took it up for {plural(one.level_minutes, 'minute')}: ",
            )
        happened = _HAPPENED.get(one.what, Named("", "")) if one.what else Named("", "")
        subject = f"[{self._pick(_SEVERITIES[one.severity])}] "
        subject += f"{self._pick(level)}{self._pick(happened)}{head}"
        lines = [self._sentence(one), *self._facts(one)]
        return Message(subject=subject, body="\n".join([*lines, *self._link(one.incident_id)]))

    def digest(self, lines: Sequence[Line], styles: Sequence[Style]) -> Message:
        """Return several together: the open ones first, each in one line."""
        grave = sum(one.notice.severity is Severity.CRITICAL for one in lines)
        subject = self._pick(
            Named(
                f"提醒汇总：{len(lines)} 条，其中严重 {grave} 条",
                f"Digest: {plural(len(lines), 'incident')}, {grave} critical",
            )
        )
        said = [self._pick(_INTROS[style]) for style in styles if style in _INTROS]
        said += [self._line(one) for one in lines[:LINES_SHOWN_MAX]]
        more = len(lines) - LINES_SHOWN_MAX
        if more > 0:
            said.append(self._pick(Named(f"另有 {more} 条，见页面。", f"{more} more on the page.")))
        return Message(subject=subject, body="\n".join([*said, *self._link(None)]))

    def test(self) -> Message:
        """Return what a channel is tried with."""
        return Message(
            subject=self._pick(Named("测试提醒", "Test notice")),
            body=self._pick(
                Named(
                    f"这是{self.glossary.district.zh}药具服务圈发来的测试，无需处理。",
                    f"A test from the fifteen-minute circle of {self.glossary.district.en}; "
                    "nothing is to be done.",
                )
            ),
        )

    def _head(self, one: Notice) -> str:
        kind = KINDS[one.kind] if one.kind else Named("", "")
        place = self.glossary.place(one.place)
        return self._pick(Named(f"{kind.zh}：{place.zh}", f"{kind.en}: {place.en}"))

    def _sentence(self, one: Notice) -> str:
        if one.kind is None:
            return ""
        return self._pick(why(one.kind, one.numbers, self.glossary.wording))

    def _facts(self, one: Notice) -> list[str]:
        since = self._moment(one.since)
        if one.what is not What.RESOLVED:
            return [self._pick(Named(f"起始：{since}", f"Since: {since}"))]
        end, lasted = self._moment(one.event_at), one.event_at - one.since
        span = self._pick(_span(lasted))
        return [
            self._pick(
                Named(
                    f"起始：{since}；恢复：{end}；历时 {span}",
                    f"Since {since}; resolved {end}; lasted {span}",
                )
            )
        ]

    def _line(self, line: Line) -> str:
        one = line.notice
        if line.is_over and line.began is not None:
            happened = _OPENED_AND_RESOLVED
        else:
            happened = _HAPPENED.get(one.what, Named("", "")) if one.what else Named("", "")
        grave = self._pick(_SEVERITIES[one.severity])
        said = "" if line.is_over else f" {self._sentence(one)}"
        when = self._moment(one.event_at if line.is_over else one.since)
        return f"· [{grave}] {self._pick(happened)}{self._head(one)}, {when}.{said}"

    def _link(self, incident_id: int | None) -> list[str]:
        if not self.public_url:
            return []
        return [self.link(incident_id)]

    def link(self, incident_id: int | None) -> str:
        """Return the address of the page, or of one incident on it."""
        about = f"?incident={incident_id}" if incident_id is not None else ""
        return f"{self.public_url.rstrip('/')}{PAGE}{about}"

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self.glossary.wording.zone)
        return self._pick(
            Named(f"{local.month}月{local.day}日 {local:%H:%M}", f"{local.day} {local:%b %H:%M}")
        )

    def _pick(self, said: Named) -> str:
        return said.zh if self.language == "zh" else said.en


def _span(lasted: timedelta) -> Named:
    minutes = max(0, round(lasted.total_seconds() / 60))
    if minutes < _SAID_IN_MINUTES:
        return Named(f"{minutes} 分钟", plural(minutes, "minute"))
    hours = round(minutes / 60)
    if hours < _SAID_IN_HOURS:
        return Named(f"{hours} 小时", plural(hours, "hour"))
    return Named(f"{round(hours / 24)} 天", plural(round(hours / 24), "day"))
