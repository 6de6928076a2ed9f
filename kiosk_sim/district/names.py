"""Invented names that sound right: plausible Chinese, with pinyin or English beside it."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Final

Name = tuple[str, str]

DISTRICT: Final[Name] = ("望澜区", "Wanglan District")
RIVER: Final[Name] = ("澜水河", "Lanshui River")
RAILWAY: Final[Name] = ("望澜铁路", "Wanglan Railway")
LAKE: Final[Name] = ("听松湖", "Tingsong Lake")
SHORT: Final[Name] = ("望澜", "Wanglan")

TOWNS: Final[tuple[Name, ...]] = (
    ("澜桥街道", "Lanqiao Subdistrict"),
    ("听松街道", "Tingsong Subdistrict"),
    ("锦棠街道", "Jintang Subdistrict"),
    ("柳陌街道", "Liumo Subdistrict"),
    ("望津街道", "Wangjin Subdistrict"),
    ("青岑镇", "Qingcen Town"),
    ("苇泊镇", "Weibo Town"),
    ("云陂镇", "Yunbei Town"),
    ("稻垄镇", "Daolong Town"),
)

_FIRST: Final = {
    "锦": "Jin", "澜": "Lan", "听": "Ting", "望": "Wang", "柳": "Liu", "桂": "Gui", "枫": "Feng",
    "梧": "Wu", "兰": "Lan", "翠": "Cui", "明": "Ming", "和": "He", "安": "An", "瑞": "Rui",
    "景": "Jing", "丰": "Feng", "青": "Qing", "云": "Yun", "春": "Chun", "秋": "Qiu", "松": "Song",
    "竹": "Zhu", "荷": "He", "棠": "Tang", "晴": "Qing", "惠": "Hui", "新": "Xin", "东": "Dong",
    "南": "Nan", "西": "Xi", "北": "Bei", "银": "Yin",
}  # fmt: skip
_SECOND: Final = {
    "苑": "yuan", "溪": "xi", "庭": "ting", "湾": "wan", "泽": "ze", "景": "jing", "桥": "qiao",
    "园": "yuan", "林": "lin", "岸": "an", "泉": "quan", "坪": "ping", "汀": "ting", "洲": "zhou",
    "康": "kang", "庄": "zhuang", "塘": "tang", "麓": "lu", "渡": "du", "屏": "ping",
}  # fmt: skip
_URBAN: Final[tuple[Name, ...]] = (
    ("小区", "Residences"), ("花园", "Garden"), ("家园", "Homes"), ("新村", "New Village"),
    ("公寓", "Apartments"), ("里", "Lane"), ("雅苑", "Court"),
)  # fmt: skip
_RURAL: Final[tuple[Name, ...]] = (("村", "Village"), ("新村", "New Village"), ("家园", "Homes"))

_ROADS: Final[tuple[Name, ...]] = (("路", "Road"), ("街", "Street"))


def _stems(rng: random.Random) -> Iterator[Name]:
    """Give two-character stems without end, each once; then the numbered ones."""
    stems = [
        (a + b, f"{x}'{y}" if y[0] in "aeo" else x + y)
        for a, x in _FIRST.items()
        for b, y in _SECOND.items()
    ]
    rng.shuffle(stems)
    yield from stems
    for number in count(2):
        yield from ((f"{zh}{number}号", f"{en} No. {number}") for zh, en in stems)


class Namer:
    """Hands out names for residential communities, none twice."""

    def __init__(self, rng: random.Random) -> None:
        """Shuffle the stems by ``rng``."""
        self._rng = rng
        self._homes = _stems(rng)
        self._roads = _stems(rng)

    def community(self, *, urban: bool) -> Name:
        """Return a new community's name: an estate in town, more often a village outside."""
        zh, en = next(self._homes)
        tail = self._rng.choice(_URBAN if urban else _RURAL)
        return zh + tail[0], f"{en} {tail[1]}"

    def road(self, *, main: bool) -> Name:
        """Return a new street's name."""
        zh, en = next(self._roads)
        tail = ("大道", "Avenue") if main and self._rng.random() < 1 / 3 else _ROADS[not main]
        return zh + tail[0], f"{en} {tail[1]}"
