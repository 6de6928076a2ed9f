"""Reads the code on a carton: a GS1 DataMatrix as a scanner types it, or a GS1 Digital Link."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

import biip
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message

from service.domain.district import Named

CODE_CHARS_MAX: Final = 400
_GTIN, _LOT, _EXPIRY = "01", "10", "17"
_GTIN_DIGITS: Final = (8, 12, 13, 14)
"""So many digits are the plain bar code of a carton: a GTIN and nothing else."""

_SEPARATORS: Final = ("\x1d", "\u241d", "<GS>", "{GS}", "^]")
"""The separator after a lot, and how scanners and people write it."""

_SYMBOLOGY: Final = re.compile(r"^\][A-Za-z][0-9]")
"""What a scanner sends first: which kind of code it has read."""


class CodeError(ValueError):
    """A text that is no code of a carton; ``words`` say why and what to do."""

    def __init__(self, words: Named) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class CartonCode:
    """What is written on a carton; day 00 of an expiry is the last of its month."""

    gtin: str
    lot: str | None
    expires_on: date | None


def read_code(text: str) -> CartonCode:
    """Return what a scanned, pasted or typed code says; CodeError where it says nothing."""
    text = text.strip()
    if text.isdecimal() and len(text) in _GTIN_DIGITS:
        text = f"{_GTIN}{text:0>14}"
    found = _elements(text)
    gtin = next((one.gtin.as_gtin_14() for one in found if one.gtin is not None), None)
    if gtin is None:
        raise CodeError(
            Named(
                "条码里没有有效的商品编码（GTIN）；请重新扫描，或手工填写药具、批号和有效期。",
                "The code holds no valid GTIN: scan it again, or fill in item, lot and expiry.",
            )
        )
    values = {one.ai.ai: one for one in found}
    return CartonCode(
        gtin=gtin,
        lot=values[_LOT].value if _LOT in values else None,
        expires_on=values[_EXPIRY].date if _EXPIRY in values else None,
    )


def _elements(text: str) -> biip.gs1_element_strings.GS1ElementStrings:
    try:
        if text.lower().startswith(("http://", "https://")):
            return GS1DigitalLinkURI.parse(text).element_strings
        if text.startswith("("):
            return GS1Message.parse_hri(text).element_strings
        return GS1Message.parse(_as_scanned(text)).element_strings
    except biip.ParseError as error:
        raise CodeError(
            Named(
                "这不是药具包装上的 GS1 条码；请重新扫描或粘贴，不要漏字。",
                "This is no GS1 code of a carton: scan or paste it again, whole.",
            )
        ) from error


def _as_scanned(text: str) -> str:
    """Return an element string with its separators, without the scanner's own sign before it."""
    for sign in _SEPARATORS[1:]:
        text = text.replace(sign, _SEPARATORS[0])
    return _SYMBOLOGY.sub("", text).removeprefix(_SEPARATORS[0])
