"""The SQL of every panel, for PostgreSQL; it reads the views ``v_…`` and nothing else."""

from typing import Final

KIOSKS_BY_STATE: Final = """\
SELECT states.words AS state, count(v_kiosk_now.kiosk_id) AS kiosks
FROM (VALUES
  (1, 'fault', '故障 · faulty'),
  (2, 'empty', '已空 · empty'),
  (3, 'silent', '失联 · silent'),
  (4, 'low', '偏低 · running low'),
  (5, 'unknown', '未知 · unknown'),
  (6, 'catching_up', '补传中 · catching up'),
  (7, 'available', '有货 · available')
) AS states(place, state, words)
LEFT JOIN v_kiosk_now ON v_kiosk_now.state = states.state
GROUP BY states.place, states.words
ORDER BY states.place"""

KIOSKS_ON_MAP: Final = """\
SELECT kiosk_id, state, site_name_zh, site_name_en, town_name_zh, heard_at,
  on_hand_packs, capacity_packs, open_alerts, lon, lat
FROM v_kiosk_now
ORDER BY kiosk_id"""

OPEN_INCIDENTS: Final = """\
SELECT opened_at, severity, kind, place, place_name_zh, place_name_en,
  item_name_zh, item_name_en, acknowledged_by, assigned_to, snoozed_until
FROM v_incident_open
ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, id DESC
LIMIT 500"""

PACKS_BY_DAY: Final = """\
SELECT begins_at AS "time", item_name_zh || ' · ' || item AS metric, dispensed_packs AS "value"
FROM v_day_total
WHERE $__timeFilter(begins_at)
ORDER BY begins_at, item"""

TOTALS_BY_MONTH: Final = """\
SELECT month, CASE WHEN ends_at > now() THEN '未完 · provisional' ELSE '' END AS standing,
  item_name_zh, item, dispensed_packs, pack_zh, dispensed_units, unit_zh,
  empty_asks, jams, refused, restocked_packs, removed_packs
FROM v_month_total
WHERE begins_at <= $__timeTo() AND ends_at > $__timeFrom()
ORDER BY month DESC, item"""

# A row is kept only when the figures changed: the one that held when the range begins is drawn
# from there, and the newest one up to the end.
COVERAGE_OF_ITEM: Final = """\
WITH held AS (
  SELECT * FROM v_coverage
  WHERE item IN (${item:sqlstring}) AND computed_at <= $__timeTo()
    AND (valid_until IS NULL OR valid_until > $__timeFrom())
)
SELECT greatest(computed_at, CAST($__timeFrom() AS timestamptz)) AS "time",
  people_in_stock_low AS "low", people_in_stock_high AS "high", people AS "everyone"
FROM held
UNION ALL
SELECT least(now(), CAST($__timeTo() AS timestamptz)),
  people_in_stock_low, people_in_stock_high, people
FROM held WHERE valid_until IS NULL OR valid_until > $__timeTo()
ORDER BY 1"""

ITEMS: Final = """\
SELECT DISTINCT item AS __value, coalesce(item_name_zh, item) AS __text
FROM v_coverage WHERE valid_until IS NULL ORDER BY 2"""
