"""``python -m service forecast`` on anyone's file: what it writes, and says of wrong rows."""

import csv
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from service.__main__ import app
from service.calendars import CAMPUS_BREAKS, CalendarError, marks
from service.commands.forecast_file import HistoryError

FIRST = date(2025, 1, 1)
LEVELS = [f"q{0.05 * number:.2f}".rstrip("0") for number in range(1, 20)]
RUN = CliRunner()


def write(path: Path, rows: Iterable[str], heading: str = "series,date,quantity") -> Path:
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def days(series: str, quantities: Iterable[object]) -> list[str]:
    return [f"{series},{FIRST + timedelta(days=n)},{one}" for n, one in enumerate(quantities)]


def run(history: Path, *more: str, horizon: int = 3) -> tuple[str, list[dict[str, str]]]:
    """Return what was said and written; a refusal is raised."""
    out = history.with_name("out.csv")
    arguments = [
        "forecast",
        "--history",
        str(history),
        "--horizon",
        str(horizon),
        "--out",
        str(out),
    ]
    result = RUN.invoke(app, [*arguments, *more])
    if result.exception and not isinstance(result.exception, SystemExit):
        assert not out.exists()
        assert [one.name for one in history.parent.iterdir()] == [history.name]
        raise result.exception
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        return result.output, list(csv.DictReader(file))


def refusal(history: Path, *more: str) -> str:
    with pytest.raises((HistoryError, CalendarError)) as refused:
        run(history, *more)
    return str(refused.value)


def test_days_are_forecast_with_mean_and_quantiles(tmp_path: Path) -> None:
    drawn = np.random.default_rng(15).poisson(0.2, 120)
    history = write(tmp_path / "h.csv", [*days("B", drawn), *days("A", drawn[::-1])])
    said, rows = run(history)
    assert "6 rows, 2 series, 3 days ahead" in said
    assert list(rows[0]) == ["series", "date", "mean", *LEVELS]
    assert [(row["series"], row["date"]) for row in rows] == [
        (series, f"2025-05-0{day}") for series in "AB" for day in (1, 2, 3)
    ]
    for row in rows:
        assert float(row["mean"]) == pytest.approx(0.2, abs=0.12)
        quantiles = [float(row[level]) for level in LEVELS]
        assert quantiles == sorted(quantiles)
        assert quantiles[0] == 0


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = days("A", [0, 1, 0, 2, 0, 0, 1, 0] * 6) + days("B", [3, 0] * 24)
    _, found = run(write(tmp_path / "h.csv", rows))
    _, again = run(write(tmp_path / "h.csv", rows[::-1]))
    assert found == again


@pytest.mark.parametrize(
    ("dates", "ahead"),
    [
        (("2026-01", "2026-02", "2026-03"), "2026-04"),
        (("2026-01-31", "2026-02-28", "2026-03-31"), "2026-04-30"),
        (("2026-01-15", "2026-02-15", "2026-03-15"), "2026-04-15"),
        (("2026/1/5", "2026/1/12", "2026/1/19"), "2026-01-26"),
        (("2026-01-05 00:00:00", "2026-01-07 00:00:00"), "2026-01-08"),
    ],
)
def test_the_dates_tell_how_long_a_step_is(
    tmp_path: Path, dates: tuple[str, ...], ahead: str
) -> None:
    history = write(tmp_path / "h.csv", [f"A,{day},5" for day in dates])
    _, [row] = run(history, horizon=1)
    assert (row["date"], float(row["mean"]) > 0) == (ahead, True)


def test_stock_outs_are_not_zero_demand(tmp_path: Path) -> None:
    drawn = np.random.default_rng(1).poisson(2.0, 200)
    rows = [
        f"{row},{int(n % 3 > 0)}"
        for n, row in enumerate(days("A", np.where(np.arange(200) % 3 > 0, drawn, 0)))
    ]
    _, found = run(write(tmp_path / "h.csv", rows, "series,date,quantity,in_stock"))
    assert float(found[0]["mean"]) == pytest.approx(2.0, rel=0.2)


def test_quantities_need_not_be_whole(tmp_path: Path) -> None:
    _, found = run(write(tmp_path / "h.csv", days("A", [0.25, 0.5, 0.75] * 30)))
    assert float(found[0]["mean"]) == pytest.approx(0.5, rel=0.2)
    assert 0 < float(found[0]["q0.5"]) < 1


def test_wrong_rows_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    wrong = [
        "A,2026-01-02,-3",
        "A,2026-01-01,2",
        "A,2026-13-01,2",
        "A,2026-01-03,x",
        ",2026-01-04,1",
    ]
    history = write(tmp_path / "h.csv", ["A,2026-01-01,1", *wrong])
    said = refusal(history)
    for words in (
        "row 3, column quantity: -3 is negative",
        "row 4, column date: 2026-01-01 of A is there already, in row 2",
        "row 5, column date: 2026-13-01 is no date",
        "row 6, column quantity: x is no number",
        "row 7, column series: it is empty",
        "nothing was written",
    ):
        assert words in said
    told, rows = run(history, "--leave-out-wrong", "--step", "day")
    assert "5 rows were left out" in told
    assert len(rows) == 3


def test_ten_wrong_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    said = refusal(write(tmp_path / "h.csv", [f"A,2026-01-{n:02d},-1" for n in range(1, 15)]))
    assert said.count("is negative") == 10
    assert "and 4 more" in said


@pytest.mark.parametrize(
    ("rows", "more", "words"),
    [
        (days("A", [5]), ("--step", "day"), "have one known value or none"),
        (days("A", [0] * 30), (), "are zero all along: A"),
        (days("A", [1, "", "nan", 0]), (), "2 rows say no quantity; these days count as unknown"),
        (
            ["A,2025-01-01,0", "A,2025-01-02,1", "A,2025-06-01,1"],
            (),
            "149 days have no row; they count as unknown",
        ),
        (
            ["A,2025-01-01,2", "A,2025-01-02,1", "A,2025-06-01,1"],
            (),
            "they count as zero, since the file is a log",
        ),
        (["A,2025-01-01,2", "A,2025-01-09,1"], ("--absent", "unknown"), "as unknown"),
    ],
)
def test_what_a_file_leaves_open_is_said(
    tmp_path: Path, rows: list[str], more: tuple[str, ...], words: str
) -> None:
    said, found = run(write(tmp_path / "h.csv", rows), *more)
    assert words in said
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column series and no date and no quantity"),
        ("series,date,quantity\n", "has no rows below its heading"),
        ("series,date,quantity\nA,2025-01-01,5\n", "no series has two dates; say --step"),
        ("series,date,quantity,in_stock\nA,2025-01-01,5,2\n", "neither 0 nor 1 nor a share"),
    ],
)
def test_what_is_no_history_is_refused_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    history = tmp_path / "h.csv"
    history.write_text(text, encoding="utf-8")
    assert words in refusal(history)


def test_two_rows_in_one_month_are_refused(tmp_path: Path) -> None:
    history = write(tmp_path / "h.csv", ["A,2025-01-01,5", "A,2025-01-20,5"])
    assert "has two rows in one month, 2025-01-01 and 2025-01-20" in refusal(
        history, "--step", "month"
    )


def test_a_calendar_that_there_is_not_is_refused(tmp_path: Path) -> None:
    history = write(tmp_path / "h.csv", days("A", [1, 2, 3]))
    assert "no calendar of holidays for XX" in refusal(history, "--country", "XX")
    assert "13-40..01-02 is no stretch" in refusal(history, "--campus-breaks", "13-40..01-02")


def test_bytes_that_are_no_text_and_no_file_are_refused(tmp_path: Path) -> None:
    history = tmp_path / "h.csv"
    history.write_bytes(b"series,date,quantity\n\xff\xfe,2025-01-01,1\n")
    assert "is not UTF-8" in refusal(history)
    history.unlink()
    with pytest.raises(HistoryError, match="cannot be read"):
        RUN.invoke(
            app,
            ["forecast", "--history", str(history), "--horizon", "1", "--out", str(tmp_path / "o")],
            catch_exceptions=False,
        )


@given(st.text(alphabet="A1,.-:;\n\"'q 0", max_size=60))
@settings(deadline=None, max_examples=15)
def test_any_text_is_answered(text: str) -> None:
    with TemporaryDirectory() as folder:
        history = Path(folder) / "h.csv"
        history.write_text(f"series,date,quantity\nA,2025-01-01,1\nA,2025-01-02,0\n{text}", "utf-8")
        rows: list[dict[str, str]] = []
        with suppress(HistoryError):
            _, rows = run(history, "--leave-out-wrong", "--step", "day")
        assert len(rows) % 3 == 0


def test_the_spring_festival_moves_and_weekends_between_holidays_are_free() -> None:
    [holiday, away] = marks("CN", CAMPUS_BREAKS)
    for new_year in (date(2025, 1, 29), date(2026, 2, 17), date(2028, 1, 26)):
        assert [holiday(new_year + timedelta(days=n)) for n in (-2, 0, 7)] == [
            "spring_festival"
        ] * 3
        assert holiday(new_year - timedelta(days=3)) != "spring_festival"
    assert holiday(date(2026, 10, 4)) == "holiday"
    assert holiday(date(2026, 11, 18)) == ""
    assert (away(date(2026, 7, 10)), away(date(2026, 9, 1))) == ("campus_break", "")
    assert marks("", "") == ()
    [over_new_year] = marks("", "12-20..01-05")
    assert [over_new_year(date(2026, month, 2)) for month in (1, 2, 12)] == ["campus_break", "", ""]
