"""The made-up district's communities: who lives where."""

import random
from typing import Final

from tests.browser.stub_data import Row, spot

_ESTATES: Final = ("学府", "北苑", "滨河", "锦绣", "梧桐", "向阳", "金桂", "和平", "翠湖", "安居")
_ENGLISH: Final = (
    *("Xuefu", "Beiyuan", "Binhe", "Jinxiu", "Wutong"),
    *("Xiangyang", "Jingui", "Heping", "Cuihu", "Anju"),
)


def _communities() -> tuple[Row, ...]:
    dice = random.Random(15)
    rows = []
    for n in range(140):
        east, north = dice.uniform(-4300, 4200), dice.uniform(-3100, 3100)
        lon, lat = spot(east, north)
        town = min(2, max(0, round(east / 3300) + 1)) + 3 * (north > 0)
        number = n // 10 + 1
        rows.append(
            {
                "id": f"C{n + 1:03}",
                "name_zh": f"{_ESTATES[n % 10]}社区{number}区",
                "name_en": f"{_ENGLISH[n % 10]} Court {number}",
                "town_code": f"99990100{town + 1}",
                "lon": lon,
                "lat": lat,
                "people": dice.randrange(500, 3200),
            }
        )
    return tuple(rows)


COMMUNITIES: Final = _communities()
