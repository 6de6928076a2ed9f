"""What was told to whom, what waits, what failed and why; and another try."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from service.api import examples_notices as examples
from service.api.answers import answer, documented
from service.api.examples_quality import NOT_JSON, WRITING_REFUSED
from service.api.here import only_from_here
from service.api.routes.recipients import Asked, obeyed
from service.flows.contacts import ContactDesk
from service.flows.reads.notices import NoticeFilter, NoticesWanted, NoticeView, TellingReads

_ID = r"^[0-9a-f]{32}$"


def notice_routes(reads: TellingReads, desk: ContactDesk) -> APIRouter:
    """Return the routes about notices."""
    router = APIRouter(prefix="/notices", tags=["notices"])

    @router.get(
        "",
        summary="What was told to whom",
        response_model=list[NoticeView],
        responses=documented(examples.NOTICES, status_422=examples.STATE_WRONG),
    )
    def notices(
        *,
        state: Annotated[NoticeFilter, Query(description="Only those in this state.")] = "all",
        recipient: Annotated[
            int | None,
            Query(description="Only this recipient's, by its id.", ge=1, le=2**31 - 1),
        ] = None,
        after: Annotated[
            str | None,
            Query(description="Only what comes behind this one, by its id.", pattern=_ID),
        ] = None,
        limit: Annotated[int, Query(description="So many at most.", ge=1, le=1_000)] = 200,
    ) -> Response:
        """Return notices, the newest first; `reason` says why one failed, waits or was dropped.

        `gathered` is a line of the digest `digest_id`. For more than `limit`, give the id of the
        last one as `after`.
        """
        wanted = NoticesWanted(state=state, recipient_id=recipient, after=after, most=limit)
        return answer(tuple[NoticeView, ...], reads.notices(wanted))

    @router.post(
        "/{notice_id}/retry",
        summary="Send again what failed",
        response_model=Asked,
        responses=documented(
            examples.ASKED,
            status_403=WRITING_REFUSED,
            status_404=examples.NOTICE_UNKNOWN,
            status_415=NOT_JSON,
            status_422=examples.NOT_FAILED,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def retry(
        notice_id: Annotated[
            str,
            Path(description="Its id.", pattern=_ID, examples=["5f1c2a7e9b3d48f60a1b2c3d4e5f6071"]),
        ],
    ) -> Response:
        """Send a notice again that failed, under the same id. From this machine only, for now."""
        obeyed(lambda: desk.retry(notice_id))
        return answer(Asked, Asked(notice_id=notice_id))

    return router
