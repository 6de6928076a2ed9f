"""Views that a dashboard may read: kiosks now, open alerts, totals by day and month, coverage.

They hold no fact, so nothing about a person: a reader's account needs SELECT on them alone.

Moments are ``timestamptz`` in PostgreSQL and text in UTC (``…Z``) in SQLite. A local day or month
begins at a moment only PostgreSQL can name, by ``district.timezone``: SQLite knows no zones, and
its ``begins_at`` and ``ends_at`` are local time, without a ``Z``.

``v_kiosk_now`` says in SQL what ``service.domain.kiosks`` says in Python; a test holds the two
together. Whoever changes that rule replaces the view in a new revision. Whoever rebuilds a table
in SQLite (Alembic's batch mode renames it) drops these views first and creates them again.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Where the two databases differ; {} is a column.
_POSTGRESQL = {
    "instant": "{}",
    "now": "now()",
    "month": "to_char(CAST({} AS timestamp), 'YYYY-MM')",
    "month_begins": "(date_trunc('month', CAST({} AS timestamp)) AT TIME ZONE district.timezone)",
    "month_ends": (
        "((date_trunc('month', CAST({} AS timestamp)) + interval '1 month')"
        " AT TIME ZONE district.timezone)"
    ),
    "day_begins": "(CAST({} AS timestamp) AT TIME ZONE district.timezone)",
    "settled_beyond": (
        "(SELECT coalesce(sum(CAST(stretch->>1 AS bigint) - CAST(stretch->>0 AS bigint) + 1), 0)"
        " FROM json_array_elements(CAST({} AS json)) AS stretches(stretch))"
    ),
    "each_of": "CROSS JOIN LATERAL json_array_elements({}) AS one(value)",
    "text_of": "(one.value->>'{}')",
    "number_of": "CAST(one.value->>'{}' AS integer)",
}
_SQLITE = {
    "instant": "strftime('%Y-%m-%dT%H:%M:%fZ', {} / 1000000.0, 'unixepoch')",
    "now": "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
    "month": "strftime('%Y-%m', {})",
    "month_begins": "strftime('%Y-%m-%dT%H:%M:%S', {}, 'start of month')",
    "month_ends": "strftime('%Y-%m-%dT%H:%M:%S', {}, 'start of month', '+1 month')",
    "day_begins": "strftime('%Y-%m-%dT%H:%M:%S', {})",
    "settled_beyond": (
        "(SELECT coalesce(sum(json_extract(stretches.value, '$[1]')"
        " - json_extract(stretches.value, '$[0]') + 1), 0) FROM json_each({}) AS stretches)"
    ),
    "each_of": "CROSS JOIN json_each({}) AS one",
    "text_of": "json_extract(one.value, '$.{}')",
    "number_of": "json_extract(one.value, '$.{}')",
}

_SUMS = """
    CAST(sum(day_tally.dispensed_packs) AS bigint) AS dispensed_packs,
    CAST(sum(day_tally.dispensed_units) AS bigint) AS dispensed_units,
    CAST(sum(day_tally.empty_asks) AS bigint) AS empty_asks,
    CAST(sum(day_tally.jams) AS bigint) AS jams,
    CAST(sum(day_tally.refusals) AS bigint) AS refused,
    CAST(sum(day_tally.restocked_packs) AS bigint) AS restocked_packs,
    CAST(sum(day_tally.removed_packs) AS bigint) AS removed_packs
FROM day_tally
JOIN site ON site.id = day_tally.site_id
JOIN item ON item.code = day_tally.item
CROSS JOIN district
"""
_NAMES = "item.code AS item, item.name_zh AS item_name_zh, item.name_en AS item_name_en"
_UNITS = "item.unit_zh, item.unit_en, item.pack_zh, item.pack_en"


def _totals_by_day(say: dict[str, str]) -> str:
    return f"""
SELECT day_tally.day AS day, {say["day_begins"].format("day_tally.day")} AS begins_at,
    {_NAMES}, {_UNITS}, {_SUMS}
GROUP BY day_tally.day, item.code, district.timezone"""


def _totals_by_month(say: dict[str, str]) -> str:
    month, begins, ends = (
        say[name].format("day_tally.day") for name in ("month", "month_begins", "month_ends")
    )
    return f"""
SELECT {month} AS month, {begins} AS begins_at, {ends} AS ends_at, {_NAMES}, {_UNITS}, {_SUMS}
GROUP BY 1, 2, 3, item.code"""


def _open_alerts(say: dict[str, str]) -> str:
    return f"""
SELECT alert.id, alert.kind, alert.severity, {say["instant"].format("alert.opened_at")} AS opened_at,
    alert.place, coalesce(site.name_zh, community.name_zh, alert.place) AS place_name_zh,
    coalesce(site.name_en, community.name_en, alert.place) AS place_name_en,
    kiosk.id AS kiosk_id, alert.slot, alert.item,
    item.name_zh AS item_name_zh, item.name_en AS item_name_en
FROM alert
LEFT JOIN kiosk ON kiosk.id = alert.place
LEFT JOIN site ON site.id = kiosk.site_id
LEFT JOIN community ON community.id = alert.place
LEFT JOIN item ON item.code = alert.item
WHERE alert.resolved_at IS NULL"""


def _coverage(say: dict[str, str]) -> str:
    figures = (
        *("people_installed", "people_working_low", "people_working_high"),
        *("people_in_stock_low", "people_in_stock_high"),
    )
    numbers = ", ".join(f"{say['number_of'].format(name)} AS {name}" for name in figures)
    return f"""
SELECT told.*, item.name_zh AS item_name_zh, item.name_en AS item_name_en
FROM (
    SELECT {say["instant"].format("kept.computed_at")} AS computed_at,
        {say["instant"].format("kept.valid_until")} AS valid_until,
        kept.people, {say["text_of"].format("item")} AS item, {numbers}
    FROM (
        SELECT computed_at, lead(computed_at) OVER (ORDER BY id) AS valid_until, people, items
        FROM coverage
    ) AS kept {say["each_of"].format("kept.items")}
) AS told
LEFT JOIN item ON item.code = told.item"""


_SLOTS_AND_ITEMS = """
slot_now AS (
    SELECT slot.kiosk_id, coalesce(level.item, slot.item) AS item, slot.capacity_packs,
        CASE WHEN level.left_packs > level.counted_packs THEN 0
            ELSE level.counted_packs - level.left_packs END AS on_hand_packs,
        coalesce(jam.raised, FALSE) AS jammed
    FROM slot
    LEFT JOIN level ON level.kiosk_id = slot.kiosk_id AND level.slot = slot.slot
    LEFT JOIN fault AS jam
        ON jam.kiosk_id = slot.kiosk_id AND jam.slot = slot.slot AND jam.code = 'aisle_jam'
),
item_now AS (
    SELECT kiosk_id,
        count(*) FILTER (WHERE NOT jammed) AS working,
        count(*) FILTER (WHERE NOT jammed AND on_hand_packs IS NULL) AS uncounted,
        coalesce(sum(on_hand_packs) FILTER (WHERE NOT jammed), 0) AS usable_packs,
        sum(capacity_packs) AS capacity_packs
    FROM slot_now GROUP BY kiosk_id, item
),
-- What is worst of all items: 4 jammed, 3 empty, 2 unknown, 1 low, 0 available.
worst AS (
    SELECT kiosk_id, max(CASE
        WHEN working = 0 THEN 4
        WHEN usable_packs > capacity_packs * 0.25 THEN 0
        WHEN usable_packs > 0 THEN 1
        WHEN uncounted > 0 THEN 2
        ELSE 3 END) AS rank
    FROM item_now GROUP BY kiosk_id
),
held AS (
    SELECT kiosk_id, CAST(sum(on_hand_packs) AS bigint) AS on_hand_packs,
        CAST(sum(capacity_packs) AS bigint) AS capacity_packs
    FROM slot_now GROUP BY kiosk_id
)"""


def _kiosks_now(say: dict[str, str]) -> str:
    behind = (
        "liveness.head - coalesce((SELECT progress.upto + "
        + say["settled_beyond"].format("progress.beyond")
        + " FROM progress WHERE progress.kiosk_id = liveness.kiosk_id"
        " AND progress.epoch = liveness.epoch), 0)"
    )
    return f"""
WITH {_SLOTS_AND_ITEMS},
owed AS (
    SELECT liveness.kiosk_id, CAST({behind} AS bigint) AS facts FROM liveness
),
broken AS (
    SELECT DISTINCT kiosk_id FROM fault WHERE raised AND slot = 0
        AND code IN ('power', 'tamper', 'card_reader', 'over_temperature', 'other')
)
SELECT kiosk.id AS kiosk_id,
    CASE
        WHEN liveness.silent_after IS NULL OR liveness.silent_after <= {say["now"]} THEN 'silent'
        WHEN owed.facts > 20 THEN 'catching_up'
        WHEN broken.kiosk_id IS NOT NULL OR worst.rank = 4 THEN 'fault'
        WHEN worst.rank = 3 THEN 'empty'
        WHEN worst.rank = 2 THEN 'unknown'
        WHEN worst.rank = 1 THEN 'low'
        WHEN worst.rank = 0 THEN 'available'
        ELSE 'unknown'
    END AS state,
    site.id AS site_id, site.name_zh AS site_name_zh, site.name_en AS site_name_en,
    site.kind AS site_kind, site.town_code,
    town.name_zh AS town_name_zh, town.name_en AS town_name_en, site.lon, site.lat,
    {say["instant"].format("liveness.heard_at")} AS heard_at,
    {say["instant"].format("liveness.silent_after")} AS silent_after,
    held.on_hand_packs, coalesce(held.capacity_packs, 0) AS capacity_packs,
    CASE WHEN owed.facts > 0 THEN owed.facts ELSE 0 END AS behind_facts,
    (SELECT count(*) FROM alert WHERE alert.place = kiosk.id AND alert.resolved_at IS NULL)
        AS open_alerts
FROM kiosk
JOIN site ON site.id = kiosk.site_id
JOIN town ON town.code = site.town_code
LEFT JOIN liveness ON liveness.kiosk_id = kiosk.id
LEFT JOIN owed ON owed.kiosk_id = kiosk.id
LEFT JOIN broken ON broken.kiosk_id = kiosk.id
LEFT JOIN worst ON worst.kiosk_id = kiosk.id
LEFT JOIN held ON held.kiosk_id = kiosk.id"""


def upgrade() -> None:
    """Apply the change."""
    say = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    for name, select in (
        ("v_day_total", _totals_by_day),
        ("v_month_total", _totals_by_month),
        ("v_alert_open", _open_alerts),
        ("v_coverage", _coverage),
        ("v_kiosk_now", _kiosks_now),
    ):
        op.execute(f"CREATE VIEW {name} AS {select(say)}")
