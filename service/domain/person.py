"""What a message says of a person, left out of what is shown of it."""

from json import JSONDecoder
from typing import Final

_PERSON: Final = '"who"'
_JSON: Final = JSONDecoder()
LEFT_OUT: Final = '"who":"…"'


def without_person(text: str) -> str:
    """Return a message less what it says of the person, whole JSON or not: nobody's reading."""
    kept, rest = "", text
    while _PERSON in rest:
        before, _, after = rest.partition(_PERSON)
        value = after.lstrip(" \t\r\n:")
        kept += before + LEFT_OUT
        try:
            _, end = _JSON.raw_decode(value)
        except (ValueError, RecursionError):
            end = len(value)  # It is cut off, or no JSON: where it ends nobody can say.
        rest = value[end:]
    return kept + rest
