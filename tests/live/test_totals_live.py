"""The first promise: what a month's totals say is what really happened, to the last box."""

import pytest

from kiosk_sim import truth
from tests.live.conftest import Install
from tests.live.running import BAD_NETWORK, Installation
from tests.live.truth import (
    assert_true,
    looking_into,
    totals_of,
    true_totals,
    wait_until_all_is_told,
)

WHOLE_DAYS = 396


def upload(installation: Installation, *options: str, faults: str) -> None:
    """Let all kiosks tell their past, and switch them off once every fact is kept."""
    simulator = installation.simulator(*options, faults=faults)
    simulator.wait_until_uploaded()
    with looking_into(installation) as engine:
        wait_until_all_is_told(installation, engine)
    simulator.stop()


@pytest.mark.parametrize(("broker", "database"), [("nats", "sqlite"), ("mosquitto", "postgres")])
def test_totals_levels_and_facts_are_the_simulators_truth_over_a_bad_network(
    install: Install, broker: str, database: str
) -> None:
    installation = install(broker, database=database)
    service = installation.service()
    upload(installation, faults=BAD_NETWORK)
    with looking_into(installation) as engine:
        assert_true(installation, service, engine)
    assert sum(truth.facts(installation.kiosks).values()) > 8_000


def test_monthly_totals_of_the_demo_equal_the_simulators_truth(install: Install) -> None:
    installation = install("nats", with_past=False)
    service = installation.service()
    upload(installation, "--days", str(WHOLE_DAYS), faults="none")
    with looking_into(installation) as engine:
        assert_true(installation, service, engine)
    told = totals_of(service)
    assert told == true_totals(installation.kiosks)
    assert len({month for month, _, _ in told}) in {13, 14}
    assert len({site for _, site, _ in told}) == 43
    assert {item for _, _, item in told} == {"condom-52", "n9-film", "n9-gel", "n9-suppository"}
