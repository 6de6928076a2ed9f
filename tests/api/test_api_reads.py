"""What the API tells of the evening: kiosks, incidents, the circle, and what was set aside."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from service.store.trim import trim
from tests.api.client import Client
from tests.api.conftest import World, make_app
from tests.api.story import keep, reads_of, tell, watch
from tests.support.plans import NOW
from tests.support.say import born, counted, fact, faulted, restocked


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def test_kiosks_come_worst_first_with_their_levels_summed_up(client: Client) -> None:
    said = client.get("kiosks")
    kiosks = by_id(said["kiosks"])
    assert list(kiosks) == ["K0002", "K0001", "K0003"]
    assert [one["state"] for one in said["kiosks"]] == ["fault", "empty", "silent"]
    urgency = [one["urgency"] for one in said["kiosks"]]
    assert urgency == sorted(urgency, reverse=True)
    assert kiosks["K0001"]["on_hand_packs"] == 19
    assert kiosks["K0001"]["capacity_packs"] == 84
    assert kiosks["K0001"]["slots_empty"] == 2
    assert kiosks["K0001"]["open_incidents"] == 1
    assert kiosks["K0002"]["behind_facts"] == 4
    assert kiosks["K0003"]["on_hand_packs"] is None
    assert kiosks["K0003"]["heard_at"] is None
    assert said["change_id"] > 0


def test_items_say_what_can_be_had_and_how_much_is_left(client: Client) -> None:
    kiosks = by_id(client.get("kiosks")["kiosks"])

    def items(kiosk: str) -> list[tuple[str, str, int | None]]:
        levels = kiosks[kiosk]["items"]
        assert all(set(one) == {"item", "state", "on_hand_packs"} for one in levels)
        return [(one["item"], one["state"], one["on_hand_packs"]) for one in levels]

    assert items("K0001") == [("condom-52", "empty", 0), ("n9-film", "available", 19)]
    # All 28 packs of film lie behind the jam.
    assert items("K0002") == [("condom-52", "available", 55), ("n9-film", "empty", 28)]
    assert {one[1:] for one in items("K0003")} == {("unknown", None)}


def test_a_jammed_slot_does_not_count_as_on_hand_beside_one_that_works(
    evening: Engine, client: Client
) -> None:
    keep(
        evening,
        [
            fact(10, restocked(4)),
            fact(11, restocked(28, slot=2)),
            fact(12, faulted("aisle_jam", slot=2)),
        ],
    )
    kiosk = by_id(client.get("kiosks")["kiosks"])["K0001"]
    assert kiosk["items"][0] == {"item": "condom-52", "state": "low", "on_hand_packs": 4}
    assert kiosk["on_hand_packs"] == 4 + 28 + 19
    keep(evening, [fact(13, faulted("aisle_jam", slot=1))])
    kiosk = by_id(client.get("kiosks")["kiosks"])["K0001"]
    assert kiosk["items"][0] == {"item": "condom-52", "state": "empty", "on_hand_packs": 32}


def test_the_list_says_how_much_of_the_past_is_still_to_come(
    evening: Engine, client: Client
) -> None:
    said = client.get("kiosks")["progress"]
    assert said == {"behind_facts": 0, "kiosks_catching_up": 0, "facts_expected": 17}
    keep(evening, [born(head=509)])
    said = client.get("kiosks")["progress"]
    assert said == {"behind_facts": 500, "kiosks_catching_up": 1, "facts_expected": 517}
    tomorrow = Client(make_app(reads_of(evening, now=NOW + timedelta(hours=27))))
    said = tomorrow.get("kiosks")["progress"]
    assert said == {"behind_facts": 0, "kiosks_catching_up": 0, "facts_expected": 0}


def test_a_state_says_since_when_only_where_something_on_record_does(client: Client) -> None:
    kiosks = by_id(client.get("kiosks")["kiosks"])
    assert kiosks["K0001"]["state_since"] == "2026-11-20T10:00:00Z"
    assert kiosks["K0002"]["state_since"] == "2026-11-20T04:06:00Z"
    assert kiosks["K0003"]["state_since"] is None


def test_a_kiosk_falls_silent_at_its_stored_deadline(sql_engine: Engine) -> None:
    tell(sql_engine)
    later = Client(make_app(reads_of(sql_engine, now=NOW + timedelta(hours=27))))
    kiosk = by_id(later.get("kiosks")["kiosks"])["K0001"]
    assert (kiosk["state"], kiosk["state_since"]) == ("silent", "2026-11-21T12:00:00Z")


def test_one_kiosk_tells_its_slots_days_facts_and_incidents(client: Client) -> None:
    said = client.get("kiosks/K0001")
    summary = by_id(client.get("kiosks")["kiosks"])["K0001"]
    assert {name: said[name] for name in summary} == summary
    assert said["region"] == "999901"
    assert (said["epoch"], said["head_sequence"], said["upto_sequence"]) == (1, 9, 9)
    assert [slot["state"] for slot in said["slots"]] == ["empty", "empty", "available"]
    assert said["slots"][2]["counted_at"] == "2026-11-20T04:02:00Z"
    assert [one["sequence"] for one in said["facts"]] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    days = {(one["day"], one["item"]): one for one in said["daily"]}
    assert days["2026-10-31", "condom-52"]["packs"] == 1
    assert days["2026-11-01", "condom-52"]["packs"] == 2
    assert days["2026-11-20", "condom-52"] == {
        "day": "2026-11-20",
        "item": "condom-52",
        "packs": 2,
        "units": 20,
        "empty": 1,
    }
    assert [one["kind"] for one in said["incidents"]] == ["out"]


def test_days_of_two_kiosks_at_one_site_are_not_mixed(evening: Engine, client: Client) -> None:
    keep(evening, [born(head=1, kiosk="K0003"), fact(1, counted(5), kiosk="K0003")])
    assert client.get("kiosks/K0003")["daily"] == []
    assert len(client.get("kiosks/K0002")["daily"]) == 1


def test_a_day_that_is_thirty_days_past_is_no_longer_told(evening: Engine) -> None:
    client = Client(make_app(reads_of(evening, now=NOW + timedelta(days=10))))
    assert client.get("kiosks/K0001")["daily"][0]["day"] == "2026-11-01"


def test_what_a_kiosk_said_of_a_person_is_not_told(client: Client) -> None:
    facts = {one["sequence"]: one for one in client.get("kiosks/K0001")["facts"]}
    assert facts[3]["data"] == {"slot": 1, "packs": 1, "later": [1]}


def test_missing_facts_are_told_as_gaps(client: Client) -> None:
    said = client.get("kiosks/K0002")
    assert said["gaps"] == [
        {"epoch": 1, "first": 7, "last": 8, "state": "open"},
        {"epoch": 1, "first": 3, "last": 4, "state": "open"},
    ]
    assert (said["head_sequence"], said["upto_sequence"]) == (8, 2)


def test_incidents_come_gravest_first_and_say_what_to_do(client: Client) -> None:
    incidents = client.get("incidents")
    severities = [one["severity"] for one in incidents]
    assert severities == sorted(severities)  # "critical" sorts before "warning"
    out = next(one for one in incidents if one["kiosk_id"] == "K0001")
    assert (out["kind"], out["state"], out["item"]) == ("out", "open", "condom-52")
    assert out["place_name_zh"] == "点1"
    assert out["why_zh"] == "condom-52已发完（可装 56 盒）；请尽快补货。"
    assert [one["on_hand_packs"] for one in out["facts"]["items"]] == [0]
    others = {one["kind"]: one for one in incidents if one["kiosk_id"] == "K0002"}
    assert not {"out", "low"} & others.keys()  # An item that is stuck is a fault, told once.
    assert "1 slot jammed, so an item cannot be had" in others["fault"]["why_en"]


def test_incidents_close_when_facts_say_so_and_stay_on_record(
    evening: Engine, client: Client
) -> None:
    keep(evening, [fact(10, restocked(28)), fact(11, restocked(28, slot=2))])
    watch(evening, at=NOW + timedelta(minutes=1))
    assert all(one["kiosk_id"] != "K0001" for one in client.get("incidents"))
    resolved = client.get("incidents?state=resolved")
    assert [one["kiosk_id"] for one in resolved] == ["K0001"]
    assert (resolved[0]["state"], resolved[0]["resolved_at"]) == (
        "resolved",
        "2026-11-20T10:01:00Z",
    )
    detail = client.get(f"incidents/{resolved[0]['id']}")
    assert detail["incident"] == resolved[0]
    assert [(one["what"], one["by"]) for one in detail["events"]] == [
        ("resolved", None),
        ("opened", None),
    ]
    assert len(client.get("incidents?state=all")) == len(client.get("incidents")) + 1
    assert len(client.get("incidents?state=all&limit=2")) == 2
    assert [one["id"] for one in client.get("incidents?state=all&kind=out&place=K0001")] == [
        resolved[0]["id"]
    ]
    assert client.get("incidents?kind=out&place=K0002") == []


def test_clients_of_before_read_the_same_list_as_alerts(client: Client) -> None:
    assert client.get("alerts") == client.get("incidents")
    assert client.get("alerts?state=all") == client.get("incidents?state=all")
    assert client.get("alerts?state=resolved") == client.get("incidents?state=resolved") == []


def test_a_gap_through_no_outlet_that_is_known_names_its_community(
    evening: Engine, client: Client
) -> None:
    keep(
        evening,
        [
            born(head=1, kiosk="K0003"),
            fact(1, counted(0, 0), kiosk="K0003"),
            fact(7, counted(0, 0), kiosk="K0002"),
            fact(8, counted(0, 0), kiosk="K0002"),
        ],
    )
    watch(evening)
    gaps = [one for one in client.get("incidents") if one["kind"] == "circle_gap"]
    assert {one["place_name_en"] for one in gaps} == {"Community 1", "Community 2"}
    assert all(one["kiosk_id"] is None for one in gaps)
    assert "900" in next(one for one in gaps if one["place"] == "C001")["why_zh"]
    assert "15 分钟" in gaps[0]["why_zh"]


def test_the_circle_says_that_it_is_an_estimate(client: Client) -> None:
    said = client.get("coverage")
    assert (said["estimate"], said["method"], said["limit_m"]) == (True, "straight_line_x1.4", 1000)
    assert said["people"] == 1350
    condom = next(one for one in said["items"] if one["item"] == "condom-52")
    assert condom["people_installed"] == 1300


def test_a_circle_that_was_never_computed_is_empty_not_an_error(sql_engine: Engine) -> None:
    said = Client(make_app(reads_of(sql_engine))).get("coverage")
    assert (said["computed_at"], said["items"], said["people"]) == (None, [], 1350)


def test_what_was_set_aside_is_told_with_its_reason(client: Client) -> None:
    rows = {one["reason"]: one for one in client.get("quarantine")}
    assert rows["not_json"]["head"] == "{not json"
    assert rows["clock_ahead"]["head"] == "\ufffd\ufffd"
    assert len(client.get("quarantine?limit=1")) == 1


def test_places_can_be_chosen(client: Client) -> None:
    assert [one["id"] for one in client.get("sites?outlet=staffed")] == ["S003"]
    assert client.get("sites?kind=campus") == []
    assert len(client.get("sites?town=999901001")) == 3
    town = {"code": "999901001", "name_zh": "测试镇", "name_en": "Test town"}
    assert client.get("towns") == [{**town, "people": 1350, "kiosks": 3}]
    assert [one["code"] for one in client.get("items")] == ["condom-52", "n9-film", "n9-gel"]
    district = client.get("district")
    assert (district["kiosks"], district["free_points"], district["people"]) == (3, 3, 1350)
    assert district["bounds"] == [105.001, 30.0, 105.005, 30.0]


def test_the_map_comes_again_only_when_the_registry_changed(client: Client) -> None:
    first = client.ask("/api/v1/map/base")
    layers = [one["properties"]["layer"] for one in first.json()["features"]]
    assert layers == ["street", "community", "community", "community"]
    again = client.ask("/api/v1/map/base", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.ask("/api/v1/map/base", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_the_service_is_ready_only_with_database_broker_and_inbox(
    client: Client, world: World
) -> None:
    assert client.get("health") == {"status": "ok"}
    ready = {"database": "ok", "broker": "ok", "inbox": "ok", "inbox_age_s": 0.3}
    assert client.get("ready") == {"status": "ready", "checks": ready}
    world.connected = False
    assert client.ask("/api/v1/ready").status_code == 503
    world.connected, world.trouble, world.age_s = True, "the inbox has stopped", None
    said = client.ask("/api/v1/ready")
    assert said.status_code == 503
    assert said.json()["checks"]["inbox"] == "the inbox has stopped"


def test_trimming_never_lets_the_numbers_of_changes_begin_again(evening: Engine) -> None:
    reads = reads_of(evening)
    newest = reads.change_span().newest
    with evening.begin() as connection:
        trim(connection, NOW + timedelta(days=3))
    keep(evening, [born(boot=2, head=9)])
    assert reads.change_span().newest > newest
