"""A short run of the chaos benchmark: whatever dies, and however often, the books are exact."""

from tests.bench.chaos import Plan, run

SHORT = Plan(kiosks=40, facts_per_s=300, kills=5, away_s=4.0, calm=0.3, told_within_s=120)


def test_after_kills_a_full_disk_and_a_lost_database_the_books_are_exact() -> None:
    outcome = run("mosquitto", "postgres", SHORT)
    assert outcome.figures["kills"] == SHORT.kills
    assert outcome.figures["journals_lost"] > 0
    assert outcome.verdict.facts > 1_000
