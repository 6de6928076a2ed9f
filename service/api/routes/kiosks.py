"""Kiosks: all of them worst first, and everything of one."""

import re
from typing import Final

from fastapi import APIRouter, Response

from service.api import examples
from service.api.answers import answer, documented
from service.api.errors import RefusalError, shorten
from service.api.parameters import KioskId
from service.flows.reads.kiosks import KioskDetail, KioskList
from service.flows.reads.ports import Reads

_KIOSK_ID: Final = re.compile(r"[A-Za-z0-9-]{1,32}")


def kiosk_routes(reads: Reads) -> APIRouter:
    """Return the routes about kiosks."""
    router = APIRouter(tags=["kiosks"])

    @router.get(
        "/kiosks",
        summary="All kiosks, worst first",
        response_model=KioskList,
        responses=documented(examples.KIOSKS),
    )
    def kiosks() -> Response:
        """Return every kiosk with its one state, its levels summed up, and how urgent it is.

        `change_id` is the newest change that this list already shows: follow
        `/changes?after=change_id` and nothing is missed in between. `items` says of each item
        whether it can be had here and how many packs are left, null where nobody has counted; of a
        `silent` kiosk, and of one that is `catching_up`, that is as last heard. `progress` is how
        much of the kiosks' past is still to come, as the event of that name in `/changes`.
        """
        return answer(KioskList, reads.kiosks())

    @router.get(
        "/kiosks/{kiosk_id}",
        summary="One kiosk with its slots, days, facts and gaps",
        response_model=KioskDetail,
        responses=documented(examples.KIOSK, status_404=examples.KIOSK_UNKNOWN),
    )
    def kiosk(kiosk_id: KioskId) -> Response:
        """Return everything that is known of one kiosk.

        Slots with their levels, what was given out on each of the last thirty local days, the fifty
        newest facts in the order of the kiosk's own journal, what is missing of that journal, and
        the incidents that stand. A level is null until somebody or the machine has counted it.
        """
        found = reads.kiosk(kiosk_id) if _KIOSK_ID.fullmatch(kiosk_id) else None
        if found is None:
            name = shorten(kiosk_id)
            raise RefusalError(
                404,
                "kiosk_unknown",
                f"There is no kiosk {name} in this district. /api/v1/kiosks lists them all.",
                f"本区没有编号为 {name} 的设备。全部设备见 /api/v1/kiosks。",
            )
        return answer(KioskDetail, found)

    return router
