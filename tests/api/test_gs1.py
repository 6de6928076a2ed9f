"""The code on a carton: scanned, pasted or typed; what it does not say is not guessed."""

from datetime import date

import pytest

from service.api.gs1 import CartonCode, CodeError, read_code

GTIN = "09506000134352"
WHOLE = CartonCode(gtin=GTIN, lot="AB-12", expires_on=date(2029, 2, 28))


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}1729022810AB-12",
        f"]d201{GTIN}10AB-12\x1d17290228",
        f"]C1\x1d01{GTIN}10AB-12<GS>17290200",
        f"01{GTIN}10AB-12\u241d17290200",
        f"(01){GTIN}(17)290228(10)AB-12",
        f"  https://id.example.org/01/{GTIN}/10/AB-12?17=290200\n",
    ],
)
def test_a_code_is_read_however_it_comes(text: str) -> None:
    assert read_code(text) == WHOLE


def test_day_nothing_is_the_last_of_its_month_also_in_a_leap_year() -> None:
    assert read_code(f"01{GTIN}17280200").expires_on == date(2028, 2, 29)
    assert read_code(f"01{GTIN}17281200").expires_on == date(2028, 12, 31)


def test_a_code_without_lot_and_expiry_says_neither() -> None:
    assert read_code(f"01{GTIN}") == CartonCode(gtin=GTIN, lot=None, expires_on=None)
    assert read_code("9506000134352").gtin == GTIN


@pytest.mark.parametrize(
    "text",
    ["", "hello", f"01{GTIN[:-1]}3", f"01{GTIN}17291399", f"01{GTIN}171", "10AB", "https://x.org/"],
)
def test_what_is_no_code_is_refused_in_words(text: str) -> None:
    with pytest.raises(CodeError) as refused:
        read_code(text)
    assert refused.value.words.en.endswith(".")
    assert refused.value.words.zh.endswith("。")
