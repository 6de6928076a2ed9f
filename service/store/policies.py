"""Policies in SQL, and what was brought by day to replay them on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from service.domain.policy import Method, Policies, Policy, Scope
from service.store.sql import merge, table_of
from service.store.tables.books import DayTally
from service.store.tables.policies import PolicyRow

_POLICY, _DAY = table_of(PolicyRow), table_of(DayTally)


@dataclass(frozen=True, slots=True)
class SqlPolicies:
    """Keeps the table ``policy``."""

    connection: Connection

    def all(self) -> Policies:
        """Return all policies by what they are for."""
        return {
            Scope(site_id=row.site_id, kind=row.kind, item=row.item): Policy(
                method=Method(row.method),
                min_months=row.min_months,
                max_months=row.max_months,
                risk=row.risk,
                lead_days=row.lead_days,
                review_days=row.review_days,
            )
            for row in self.connection.execute(select(_POLICY))
        }

    def save(self, scope: Scope, policy: Policy, *, at: datetime, by: str) -> None:
        """Keep a policy in the place of the one before."""
        row = {
            "site_id": scope.site_id,
            "kind": scope.kind,
            "item": scope.item,
            "method": policy.method.value,
            "min_months": policy.min_months,
            "max_months": policy.max_months,
            "risk": policy.risk,
            "lead_days": policy.lead_days,
            "review_days": policy.review_days,
            "changed_at": at,
            "changed_by": by,
        }
        merge(self.connection, PolicyRow, [row], "replace")

    def drop(self, scope: Scope) -> bool:
        """Let a policy go; say whether there was one."""
        gone = self.connection.execute(
            delete(_POLICY).where(
                _POLICY.c.site_id == scope.site_id,
                _POLICY.c.kind == scope.kind,
                _POLICY.c.item == scope.item,
            )
        )
        return gone.rowcount > 0

    def brought(self, first: date, last: date) -> Mapping[tuple[str, str, date], tuple[int, int]]:
        """Return the packs brought and taken out, by site, item and local day."""
        rows = select(
            _DAY.c.site_id, _DAY.c.item, _DAY.c.day, _DAY.c.restocked_packs, _DAY.c.removed_packs
        ).where(
            _DAY.c.day.between(first, last),
            (_DAY.c.restocked_packs > 0) | (_DAY.c.removed_packs > 0),
        )
        return {
            (row.site_id, row.item, row.day): (int(row.restocked_packs), int(row.removed_packs))
            for row in self.connection.execute(rows)
        }
