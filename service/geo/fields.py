"""Reads single cells: numbers as people type them, codes, degrees, choices and lists of items."""

import math
import re
from collections.abc import Mapping
from typing import Final

from service.domain.district import Named
from service.geo.table import said

NAME_CHARS_MAX: Final = 80
ITEMS_MAX: Final = 200
PEOPLE_MAX: Final = 10_000_000
LON_MAX: Final = 180.0
LAT_MAX: Final = 90.0

_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,32}")
_ITEM: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_TOWN: Final = re.compile(r"([0-9]{9})(000)?")
_WHOLE: Final = re.compile(
    r"[+-]?(?P<digits>[0-9]{1,15}|[0-9]{1,3}(?P<joint>[ ,'])[0-9]{3}((?P=joint)[0-9]{3}){0,3})"
    r"(\.0*)?"
)
_DEGREES: Final = re.compile(
    r"[+-]?([0-9]{1,30}(\.[0-9]{0,60})?|\.[0-9]{1,60})([eE][+-]?[0-9]{1,4})?"
)
_BETWEEN: Final = re.compile(r"[;,、|\s]+")
_HALF_WIDTH: Final = {0xFF01 + sign: 0x21 + sign for sign in range(94)} | dict.fromkeys(
    (0x3000, 0x00A0, 0x2009, 0x202F), " "
)
_MINUS: Final = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")
_SPREADSHEET_ERROR: Final = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!)")


class FieldError(ValueError):
    """A cell that cannot be read; ``reason`` says in two languages what should stand there."""

    def __init__(self, reason: Named) -> None:
        super().__init__(reason.en)
        self.reason = reason


def plain(text: str) -> str:
    """Return full-width letters, digits and signs as plain ones; nothing else is changed."""
    return text.translate(_HALF_WIDTH).strip()


def text(cell: str) -> str:
    """Return a text that is there and is not too long."""
    if not cell:
        raise FieldError(Named("缺少内容（如有合并单元格，请拆分并逐行填写）", _MISSING))
    if _SPREADSHEET_ERROR.fullmatch(cell):
        raise FieldError(
            Named(
                f"单元格是表格软件的错误值 {cell}", f"the cell holds a spreadsheet's error, {cell}"
            )
        )
    if len(cell) > NAME_CHARS_MAX or not cell.isprintable():
        raise FieldError(
            Named(
                f"应为一行不超过 {NAME_CHARS_MAX} 个字符的文本，而不是 {said(cell)}",
                f"one line of at most {NAME_CHARS_MAX} characters is needed, not {said(cell)}",
            )
        )
    return cell


_MISSING: Final = "nothing stands here (split merged cells and fill in each row)"


def name(cell: str) -> str:
    """Return a text, or nothing."""
    return text(cell) if cell else ""


def code(cell: str) -> str:
    """Return an id."""
    found = plain(text(cell))
    if not _CODE.fullmatch(found):
        raise FieldError(
            Named(
                f"编号只能用 1 到 32 个字母、数字和连字符，而不是 {said(cell)}",
                f"an id is 1 to 32 letters, digits and hyphens, not {said(cell)}",
            )
        )
    return found


def town_code(cell: str) -> str:
    """Return a town's nine-digit division code, or nothing; three zeros may follow it."""
    if not cell:
        return ""
    found = _TOWN.fullmatch(plain(text(cell)))
    if not found:
        raise FieldError(
            Named(
                f"街道（镇）代码应为 9 位数字，而不是 {said(cell)}",
                f"a town's code is nine digits, not {said(cell)}",
            )
        )
    return found[1]


def people(cell: str) -> int:
    """Return a whole number of people, zero or more; ``1,234`` and full-width digits are read."""
    written = plain(text(cell)).translate(_MINUS)
    found = _WHOLE.fullmatch(written)
    if not found:
        raise FieldError(
            Named(
                f"人数应为整数，如 1234，而不是 {said(cell)}（小数请先取整）",
                f"people are a whole number such as 1234, not {said(cell)} (round fractions first)",
            )
        )
    count = int(re.sub(r"[ ,']", "", found["digits"]))
    if written.startswith("-") and count:
        raise FieldError(
            Named(f"人数不能为负：{said(cell)}", f"people cannot be negative: {said(cell)}")
        )
    if count > PEOPLE_MAX:
        raise FieldError(
            Named(
                f"{said(cell)} 太大，一个地点最多 {PEOPLE_MAX:,} 人",
                f"{said(cell)} is too many; one place has at most {PEOPLE_MAX:,} people",
            )
        )
    return count


def longitude(cell: str) -> float:
    """Return degrees east."""
    return _degrees(cell, LON_MAX, Named("经度", "a longitude"))


def latitude(cell: str) -> float:
    """Return degrees north."""
    return _degrees(cell, LAT_MAX, Named("纬度", "a latitude"))


def _degrees(cell: str, limit: float, what: Named) -> float:
    written = plain(text(cell)).translate(_MINUS)
    degrees = float(written) if _DEGREES.fullmatch(written) else math.nan
    if math.fabs(degrees) <= limit:
        return degrees
    swapped = limit < math.fabs(degrees) <= LON_MAX
    raise FieldError(
        Named(
            f"{what.zh}应为 ±{limit:g} 以内的十进制度数，如 36.651，而不是 {said(cell)}"
            + ("；经度和纬度是否写反了？" if swapped else ""),
            f"{what.en} is decimal degrees within ±{limit:g}, such as 36.651, not {said(cell)}"
            + ("; are longitude and latitude swapped?" if swapped else ""),
        )
    )


def choice(cell: str, words: Mapping[str, str], what: Named) -> str:
    """Return what a word stands for, Chinese or English, whatever its case."""
    found = words.get(plain(text(cell)).casefold())
    if found is None:
        known = list(words)
        raise FieldError(
            Named(
                f"{what.zh}应为 {'、'.join(known)} 之一，而不是 {said(cell)}",
                f"{what.en} is one of {', '.join(known)}, not {said(cell)}",
            )
        )
    return found


def items(cell: str) -> tuple[str, ...]:
    """Return the codes of items in a cell, each once; ``;`` or ``,`` stands between them."""
    if not cell:
        raise FieldError(Named("至少应填写一个物品代码", "the code of one item at least is needed"))
    codes = tuple(dict.fromkeys(part for part in _BETWEEN.split(plain(cell)) if part))
    for one in codes:
        if not _ITEM.fullmatch(one):
            raise FieldError(
                Named(
                    f"物品代码应为小写字母、数字和连字符（如 condom-52），以分号"
                    f"隔开，不是 {said(one)}",
                    "codes of items are small letters, digits and hyphens, such as condom-52, with "
                    f"semicolons between them, not {said(one)}",
                )
            )
    if not codes or len(codes) > ITEMS_MAX:
        raise FieldError(
            Named(
                f"物品代码应为 1 到 {ITEMS_MAX} 个", f"1 to {ITEMS_MAX} codes of items are needed"
            )
        )
    return codes
