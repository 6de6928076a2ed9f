"""Finds a font that holds Chinese: one that was installed beside us, else the machine's own."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

FONTS: Final = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei")
"""Tried in this order; a sign that none of them has is printed as a box."""

_PACKAGE: Final = "pylopdf_fonts_zh_cn"


def font_folders() -> tuple[Path, ...]:
    """Return the folders with fonts of ours; none where the machine's own have to do."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return ()
    return (Path(spec.origin).parent,)
