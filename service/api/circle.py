"""All routes of the circle beside the figures themselves: shapes, places, decisions, residents."""

from dataclasses import dataclass

from fastapi import APIRouter

from service.api.routes.areas import AreaPorts, area_routes
from service.api.routes.communities import CommunityPorts, community_routes
from service.api.routes.decisions import DecisionPorts, decision_routes
from service.api.routes.hours import HourPorts, hour_routes
from service.api.routes.public import PublicPorts, public_routes
from service.api.routes.siting import SitingPorts, siting_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class CirclePorts:
    """What the rooms of the circle need, each its own."""

    areas: AreaPorts
    communities: CommunityPorts
    decisions: DecisionPorts
    siting: SitingPorts
    public: PublicPorts
    hours: HourPorts

    def routers(self) -> tuple[APIRouter, ...]:
        """Return all of their routes."""
        return (
            area_routes(self.areas),
            community_routes(self.communities),
            decision_routes(self.decisions),
            siting_routes(self.siting),
            public_routes(self.public),
            hour_routes(self.hours),
        )
