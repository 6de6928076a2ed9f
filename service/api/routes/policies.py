"""Policies: when to order and how much, and what a change would have done."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from service.api import examples_policies as examples
from service.api.answers import answer, documented
from service.api.errors import RefusalError
from service.api.examples_quality import NOT_JSON, WRITING_REFUSED
from service.api.here import only_from_here
from service.api.turns import Turns
from service.domain.policy import DEFAULT, Method, Policy, PolicyError, Scope
from service.flows.policies import PolicyDesk
from service.flows.reads.policies import HindsightView, PoliciesView, PolicyView

_CODE: Final = r"^[A-Za-z0-9_-]{0,32}$"
ScopeText = Annotated[str, Field(pattern=_CODE, max_length=32)]


class GivenScope(BaseModel):
    """What a policy is for; what is left out stands for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site_id: ScopeText = ""
    kind: ScopeText = ""
    item: ScopeText = ""

    def scope(self) -> Scope:
        """Return it as the rules have it; PolicyError where it is none."""
        return Scope(site_id=self.site_id, kind=self.kind, item=self.item)


class GivenPolicy(GivenScope):
    """A policy and what it is for."""

    method: Method
    min_months: float = DEFAULT.min_months
    max_months: float = DEFAULT.max_months
    risk: float = DEFAULT.risk
    lead_days: int = DEFAULT.lead_days
    review_days: int = DEFAULT.review_days

    def policy(self) -> Policy:
        """Return it as the rules have it; PolicyError where nobody could obey it."""
        return Policy(
            method=self.method,
            min_months=self.min_months,
            max_months=self.max_months,
            risk=self.risk,
            lead_days=self.lead_days,
            review_days=self.review_days,
        )


class WantedPolicy(GivenPolicy):
    """A policy to look at; with a ``method`` of null, none of its own."""

    method: Method | None  # type: ignore[assignment]  # here it may be left open

    def policy_or_none(self) -> Policy | None:
        """Return it as the rules have it; PolicyError where nobody could obey it."""
        return None if self.method is None else self.policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A policy was let go: the next wider one holds now."""

    dropped: bool


def policy_routes(desk: PolicyDesk) -> APIRouter:
    """Return the routes about policies."""
    router = APIRouter(prefix="/policies", tags=["replenishment"])

    @router.get(
        "",
        summary="When places order, and how much",
        response_model=PoliciesView,
        responses=documented(examples.POLICIES),
    )
    def policies() -> Response:
        """Return all policies, those for most places first.

        The most specific one holds: site and item, site, kind of site and item, kind, item, all.
        Where there is none, `default` holds. `presets` are to begin from: the months-of-stock norms
        of county, township and village, and what suits a kiosk.
        """
        return answer(PoliciesView, desk.all())

    @router.put(
        "",
        summary="Keep a policy",
        response_model=PolicyView,
        responses=documented(
            examples.POLICY,
            status_403=WRITING_REFUSED,
            status_415=NOT_JSON,
            status_422=examples.POLICY_WRONG,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def keep(given: Annotated[GivenPolicy, Body(openapi_examples=examples.GIVEN)]) -> Response:
        """Keep a policy in the place of the one for the same site, kind and item.

        `min_max` orders at `min_months` of use or less, `risk` where the chance to run out before
        the next delivery is above `risk`; both up to `max_months` of use. Look first at
        `/policies/preview`. From this machine only, until there is sign-in.
        """
        try:
            return answer(PolicyView, desk.change(given.scope(), given.policy()))
        except PolicyError as error:
            raise _wrong(error) from error

    _add_drop(router, desk)
    _add_preview(router, desk)
    return router


def _add_drop(router: APIRouter, desk: PolicyDesk) -> None:
    @router.delete(
        "",
        summary="Let a policy go",
        response_model=Dropped,
        responses=documented(
            examples.GONE,
            status_403=WRITING_REFUSED,
            status_404=examples.POLICY_UNKNOWN,
            status_415=NOT_JSON,
            status_422=examples.POLICY_WRONG,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def drop(
        site_id: Annotated[str, Query(description="The site.", pattern=_CODE)] = "",
        kind: Annotated[str, Query(description="The kind of site.", pattern=_CODE)] = "",
        item: Annotated[str, Query(description="The item.", pattern=_CODE)] = "",
    ) -> Response:
        """Let the policy for just this go: then the next wider one holds.

        From this machine only, until there is sign-in.
        """
        try:
            scope = Scope(site_id=site_id, kind=kind, item=item)
        except PolicyError as error:
            raise _wrong(error) from error
        if not desk.drop(scope):
            said = examples.POLICY_UNKNOWN
            raise RefusalError(404, said["code"], said["message"], said["message_zh"])
        return answer(Dropped, Dropped(dropped=True))


def _add_preview(router: APIRouter, desk: PolicyDesk) -> None:
    turns = Turns()

    @router.post(
        "/preview",
        summary="What a policy would have done",
        response_model=HindsightView,
        responses=documented(examples.HINDSIGHT, status_422=examples.POLICY_WRONG),
    )
    def preview(
        wanted: Annotated[WantedPolicy, Body(openapi_examples=examples.WANTED)],
    ) -> Response:
        """Replay the last ninety days of the places that a policy is for; nothing is kept.

        `was` is what really came of them, `now` what the policies as they are would have made of
        them, `then` with the changed one. With `method` null: if there were no policy for just
        that. `assumptions_en` says what the replay takes for granted.
        """
        try:
            with turns.take():
                found = desk.look_back(wanted.scope(), wanted.policy_or_none())
        except PolicyError as error:
            raise _wrong(error) from error
        return answer(HindsightView, found)


def _wrong(error: PolicyError) -> RefusalError:
    return RefusalError(422, "policy_wrong", error.words.en, error.words.zh)
