"""What is written for each broker, and that the two never differ in who may do what."""

import re
import socket
from pathlib import Path

import pytest

from broker import mosquitto, nats
from broker.accounts import Account, Enrolment, account_of
from broker.ports import free_port, is_free
from broker.topics import rights_of

REGION = "999901"
PASSWORD = "only-for-this-test-0123456789"
KIOSK = account_of(Enrolment(name="K0042", role="kiosk", region=REGION, password=PASSWORD))
SERVICE = account_of(
    Enrolment(name="circle15-service-999901", role="service", region=REGION, password=PASSWORD)
)
OWN = "ck/v1/999901/K0042"


def test_a_kiosk_s_rights_are_those_of_the_contract() -> None:
    rights = rights_of(KIOSK)
    assert set(rights.publish) == {
        f"{OWN}/e/dispense",
        f"{OWN}/e/restock",
        f"{OWN}/e/count",
        f"{OWN}/e/fault",
        f"{OWN}/state",
        f"{OWN}/hb",
        f"{OWN}/r",
        f"{OWN}/ask",
    }
    assert set(rights.subscribe) == {
        f"{OWN}/ack",
        f"{OWN}/cmd",
        f"{OWN}/answer",
        "ck/v1/999901/service/state",
    }


def test_a_service_s_rights_end_at_its_region() -> None:
    rights = rights_of(SERVICE)
    everything = (*rights.publish, *rights.subscribe)
    assert all(topic.startswith("ck/v1/999901/") for topic in everything)
    assert not any("#" in topic for topic in everything)


@pytest.mark.parametrize("account", [KIOSK, SERVICE])
def test_both_brokers_are_told_the_same_rights(account: Account, tmp_path: Path) -> None:
    config = nats.render([account], folder=tmp_path, port=1883)
    line = next(line for line in config.splitlines() if f'user: "{account.name}"' in line)
    told = re.findall(r"(publish|subscribe): \{ allow: \[([^]]*)\]", line)
    in_nats = {verb: set(re.findall(r'"([^"]+)"', topics)) for verb, topics in told}
    acl = mosquitto.acl_text([account]).replace("%u", account.name)
    rights = rights_of(account)
    assert in_nats == {
        "publish": {nats.subject(topic) for topic in rights.publish},
        "subscribe": {nats.subject(topic) for topic in rights.subscribe},
    }
    assert set(re.findall(r"(?:topic|pattern) write (\S+)", acl)) == set(rights.publish)
    assert set(re.findall(r"(?:topic|pattern) read (\S+)", acl)) == set(rights.subscribe)


def _account(name: str, region: str = REGION) -> Account:
    return account_of(Enrolment(name=name, role="kiosk", region=region, password=PASSWORD))


def test_mosquitto_s_list_is_as_long_for_ten_kiosks_as_for_one() -> None:
    many = [_account(f"K{number:04d}") for number in range(10)]
    assert mosquitto.acl_text([*many, SERVICE]) == mosquitto.acl_text([many[0], SERVICE])
    assert "user K" not in mosquitto.acl_text(many)
    assert f"user {SERVICE.name}" in mosquitto.acl_text([*many, SERVICE])


@pytest.mark.parametrize("name", ["v1", "ck", REGION, "e"])
def test_a_kiosk_named_like_another_part_of_its_topics_says_the_same(name: str) -> None:
    assert mosquitto.acl_text([_account(name)]) == mosquitto.acl_text([KIOSK])


def test_kiosks_of_several_regions_have_no_pattern_in_common() -> None:
    acl = mosquitto.acl_text([KIOSK, _account("K0043", "510105")])
    assert "pattern" not in acl
    rules = dict(part.split("\n", 1) for part in acl.split("\nuser ")[1:])
    assert "510105" not in rules["K0042"]
    assert "999901" not in rules["K0043"]


def test_every_nats_user_is_held_to_mqtt(tmp_path: Path) -> None:
    config = nats.render([KIOSK, SERVICE], folder=tmp_path, port=1883)
    users = [line for line in config.splitlines() if "user: " in line and "nobody" not in line]
    assert len(users) == 2
    assert all('allowed_connection_types: ["MQTT"]' in line for line in users)


def test_the_subscriptions_of_one_service_session_fit_into_what_nats_allows() -> None:
    assert len(rights_of(SERVICE).subscribe) * nats.MAX_ACK_PENDING <= 65_535


def test_mosquitto_s_files_name_the_given_folder_and_port(tmp_path: Path) -> None:
    path = mosquitto.render(tmp_path, [KIOSK], 18_831)
    text = path.read_text(encoding="utf-8")
    options = dict(
        line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#")
    )
    assert options["listener"] == "18831 127.0.0.1"
    assert options["allow_anonymous"] == "false"
    assert options["use_username_as_clientid"] == "true"
    assert Path(options["password_file"]).read_text(encoding="utf-8") == (
        f"K0042:{KIOSK.mosquitto_hash}\n"
    )
    assert "/%u/e/dispense" in Path(options["acl_file"]).read_text(encoding="utf-8")
    assert Path(options["persistence_location"]).is_dir()


def test_the_size_limit_is_the_same_on_both_brokers() -> None:
    template = mosquitto.TEMPLATE.read_text(encoding="utf-8")
    assert f"max_packet_size {nats.MAX_PAYLOAD_BYTES}" in template


def test_no_limit_that_2_0_21_misreads_is_used() -> None:
    template = mosquitto.TEMPLATE.read_text(encoding="utf-8")
    assert not re.search(r"(?m)^max_(queued|inflight)_\w+ 0$", template)


def test_a_free_port_is_taken_as_it_is() -> None:
    port, _ = free_port(0)
    assert free_port(port) == (port, None)


def test_a_taken_port_is_said_and_another_is_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken: int = other.getsockname()[1]
        chosen, note = free_port(taken)
        assert not is_free(taken)
    assert chosen != taken
    assert note == f"Port {taken} is taken by another program; using {chosen} instead."
