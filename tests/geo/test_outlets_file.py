"""An outlets file: kiosks, staffed points, paid outlets and delivery bases, hours and items."""

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from service.domain.coordinates import Crs
from service.domain.district import Named, Place, SitePlan
from service.domain.imports import OutletsFile, Refused
from service.geo.outlets_file import OUTLET_WORDS, read_outlets

HEADER = "id,name,outlet,kind,town_code,lon,lat,opening_hours,items"


def written(folder: Path, *lines: str, name: str = "outlets.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines), "utf-8")
    return path


def taken(folder: Path, *lines: str) -> OutletsFile:
    answer = read_outlets(written(folder, *lines), crs=Crs.WGS84)
    assert isinstance(answer, OutletsFile), answer
    return answer


def wrong(folder: Path, line: str) -> list[str]:
    answer = read_outlets(written(folder, HEADER, line), crs=Crs.WGS84)
    assert isinstance(answer, Refused)
    assert all(error.reason.zh for error in answer.rows)
    return [error.words.en for error in answer.rows]


def test_a_row_becomes_an_outlet(tmp_path: Path) -> None:
    hours = '"Mo-Fr 08:00-12:00,13:00-17:00"'
    line = f"k-1,东门,kiosk,campus,370102001,117.02,36.65,{hours},condom-52;n9-gel"
    answer = taken(tmp_path, HEADER, line)
    assert answer.rows == (
        SitePlan(
            id="k-1",
            name=Named("东门", "东门"),
            kind="campus",
            outlet="kiosk",
            town_code="370102001",
            place=Place(117.02, 36.65),
            opening_hours="Mo-Fr 08:00-12:00,13:00-17:00",
            items=("condom-52", "n9-gel"),
        ),
    )
    assert (answer.row_numbers, answer.warnings) == ((2,), ())


def test_a_chinese_workbook_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["设备编号", "网点名称", "类型", "经度", "纬度", "营业时间", "药具代码"])
    book.active.append(
        ["k-1", "东门", "自助发放机", 117.02, 36.65, "08：00至20：00", "condom-52、n9-gel"]
    )
    book.active.append(["s-1", "西门", "人工", "１１７．０３", "36.65", None, "condom-52"])
    body = BytesIO()
    book.save(body)
    path = tmp_path / "网点.xlsx"
    path.write_bytes(body.getvalue())
    answer = read_outlets(path, crs=Crs.GCJ02)
    assert isinstance(answer, OutletsFile)
    first, second = answer.rows
    assert (first.outlet, first.opening_hours, first.items) == (
        "kiosk",
        "08:00-20:00",
        ("condom-52", "n9-gel"),
    )
    assert (second.outlet, second.opening_hours, second.kind) == ("staffed", "", "other")
    assert second.place.lon == pytest.approx(117.03 - 0.006, abs=0.001), "GCJ-02 lies further east"
    assert answer.warnings[-1] == Named(
        "1 个网点没有营业时间，按全天开放计算。",
        "Outlets without opening hours are taken as always open: 1.",
    )


def test_each_word_for_each_kind_of_outlet_is_understood(tmp_path: Path) -> None:
    words = [(word, outlet) for outlet, known in OUTLET_WORDS.items() for word in known]
    lines = [f"k-{n},,{word.upper()},,,117,36,24/7,a" for n, (word, _) in enumerate(words)]
    assert [row.outlet for row in taken(tmp_path, HEADER, *lines).rows] == [
        outlet for _, outlet in words
    ]
    assert set(OUTLET_WORDS) == {"kiosk", "staffed", "paid", "delivery"}


@pytest.mark.parametrize(
    "cell", ["a;b", '"a,b"', "a；b", "a、b", "a b", " a ; b ; ", "a;b;a", "a|b"]
)
def test_items_stand_once_each_whatever_is_between_them(tmp_path: Path, cell: str) -> None:
    [row] = taken(tmp_path, HEADER, f"k-1,,kiosk,,,117,36,24/7,{cell}").rows
    assert row.items == ("a", "b")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("k-1,,shop,,,117,36,24/7,a", "column outlet: the kind of outlet is one of kiosk, 自助机"),
        ("k-1,,,,,117,36,24/7,a", "column outlet: nothing stands here"),
        ("k-1,,kiosk,,,117,36,nine to five,a", "column opening_hours: the opening hours"),
        ("k-1,,kiosk,,,117,36,24/7,", "column items: the code of one item at least"),
        ("k-1,,kiosk,,,117,36,24/7,;;", "column items: 1 to 200 codes"),
        ("k-1,,kiosk,,,117,36,24/7,Condom 52", "column items: codes of items are small"),
        (f"k-1,,kiosk,,,117,36,24/7,{';'.join(f'i{n}' for n in range(201))}", "1 to 200 codes"),
        ("k-1,,kiosk,,,x,36,24/7,a", "column lon: a longitude is decimal degrees"),
        ("k_1,,kiosk,,,117,36,24/7,a", "column id: an id is 1 to 32 letters"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_told_of(tmp_path: Path, line: str, said: str) -> None:
    [sentence] = wrong(tmp_path, line)
    assert sentence.startswith("Row 2, ")
    assert said in sentence


def test_what_is_wrong_in_one_row_is_told_of_together(tmp_path: Path) -> None:
    assert len(wrong(tmp_path, "k 1,,shop,,x,999,999,whenever,A")) == 7


def test_an_outlet_s_id_is_used_once(tmp_path: Path) -> None:
    line = "k-1,,kiosk,,,117,36,24/7,a"
    answer = read_outlets(written(tmp_path, HEADER, line, line), crs=Crs.WGS84)
    assert isinstance(answer, Refused)
    assert "stands in row 2 already" in answer.rows[0].words.en
