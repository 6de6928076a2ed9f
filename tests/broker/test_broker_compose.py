"""The containers' file agrees with the programs that it starts, as far as reading it can tell."""

import re
from pathlib import Path

from broker import mosquitto
from service.settings import PREFIX, Settings

COMPOSE = (Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8")


def test_every_setting_given_to_the_service_is_one_that_it_reads() -> None:
    given = set(re.findall(rf"(?m)^      {PREFIX}(\w+):", COMPOSE))
    known = {name.upper() for name in Settings.model_fields}
    assert given
    assert given <= known


def test_no_secret_has_a_default() -> None:
    secrets = re.findall(r"(?m)^.*PASSWORD: (.*)$", COMPOSE)
    assert secrets
    assert all(re.fullmatch(r"\$\{\w+:\?[^}]+\}", secret) for secret in secrets)
    assert not re.search(r"\$\{\w+:?-", COMPOSE)


def test_nothing_is_open_to_the_network_unless_someone_changes_the_file() -> None:
    ports = re.findall(r'(?m)^ +- "([^"]*:\d+:\d+)"$', COMPOSE)
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_containers_find_mosquitto_s_files_where_its_configuration_looks() -> None:
    config = mosquitto.TEMPLATE.read_text(encoding="utf-8")
    for path in re.findall(r"(?m)^(?:password_file|acl_file) (\S+)$", config):
        assert f":{path}:ro" in COMPOSE
