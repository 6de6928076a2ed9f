"""Surveys candidate places: who could walk to them, by the streets that the circle stands on."""

from collections.abc import Callable

from service.domain.reach import Relation
from service.flows.reads.circles import Circles
from service.flows.reads.decisions import Candidates
from service.geo.network import Network
from service.geo.relation import estimate, relate


class Survey:
    """Keeps ``flows.reads.decisions.Surveyor``; ``network`` gives the streets, if there are any."""

    def __init__(self, circles: Circles, network: Callable[[], Network | None]) -> None:
        self._circles, self._network = circles, network

    def reach_of(self, candidates: Candidates) -> Relation:
        """Return who walks how far to candidates, along streets or by straight line × 1.4."""
        circle, network = self._circles.now(), self._network()
        if network is None:
            return estimate(
                communities=circle.community_places,
                community_ids=circle.relation.community_ids,
                outlets=candidates.places,
                outlet_ids=candidates.ids,
                limit_m=circle.relation.limit_m,
            )
        return relate(
            network,
            communities=circle.community_places,
            community_ids=circle.relation.community_ids,
            outlets=candidates.places,
            outlet_ids=candidates.ids,
            limit_m=circle.relation.limit_m,
        )
