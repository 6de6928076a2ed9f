"""The command line: complete help, and one sentence for a setting that cannot be used."""

import ast
import fcntl
import json
from pathlib import Path

import pytest

import kiosk_sim
from kiosk_sim.__main__ import main
from kiosk_sim.running import read_broker, read_brokers
from kiosk_sim.settings import SettingError
from kiosk_sim.spec import load_specs

OPTIONS = (
    "--seed", "--kiosks", "--days", "--demand-factor", "--live-demand-factor", "--fault-mix",
    "--broker", "--secrets", "--data", "--district", "--reconnect-most-s", "--crew",
)  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
def test_the_help_names_every_option(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    told = capsys.readouterr().out
    assert option in told
    assert "Examples:" in told


def test_a_district_can_be_written_and_lived_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    district, data, out = tmp_path / "d.json", tmp_path / "kiosks", tmp_path / "truth.json"
    assert main(["district", "--seed", "3", "--out", str(district)]) == 0
    arguments = ["run", "--district", str(district), "--data", str(data), "--kiosks", "3"]
    assert main([*arguments, "--days", "40", "--history-only"]) == 0
    assert "facts written for 3 kiosks" in capsys.readouterr().out
    assert main(["truth", "--data", str(data), "--out", str(out)]) == 0
    told = json.loads(out.read_text())
    assert {row["site"] for row in told["by_kiosk_clock"]} == {"S001", "S002", "S003"}
    assert len(told["stock"]) >= 12


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--broker", "nowhere"], "--broker"),
        (["--broker", "host:99999"], "--broker"),
        (["--fault-mix", "awful"], "--fault-mix"),
        (["--secrets", "no-such-file.json"], "--secrets"),
        (["--district", "no-such-file.json"], "--district"),
        (["--days", "-1"], "--days"),
        (["--kiosks", "0"], "--kiosks"),
        (["--demand-factor", "many"], "--demand-factor"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--data", str(tmp_path), "--history-only", *arguments]) == 2
    told = capsys.readouterr().err
    assert named in told
    assert "Traceback" not in told


def test_a_password_file_without_a_kiosks_password_is_refused(
    district_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = tmp_path / "secrets.json"
    secrets.write_text('{"K0001": "one"}')
    arguments = ["run", "--district", str(district_file), "--secrets", str(secrets)]
    assert main([*arguments, "--data", str(tmp_path / "kiosks")]) == 2
    assert "no password for 42 kiosks, the first is K0002" in capsys.readouterr().err


def test_a_file_that_is_no_district_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "d.json"
    for text in ("", "{}", "[]", '{"circle15":{"items":[],"region":"1"},"features":[]}'):
        wrong.write_text(text)
        assert main(["run", "--district", str(wrong), "--data", str(tmp_path)]) == 2
        assert "--district" in capsys.readouterr().err


def test_a_folder_of_another_simulator_or_district_is_refused(
    district_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "kiosks"
    arguments = ["run", "--district", str(district_file), "--data", str(data), "--kiosks", "1"]
    arguments += ["--days", "1", "--history-only"]
    assert main(arguments) == 0
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(arguments) == 2
        assert "another simulator is at work" in capsys.readouterr().err
    state = data / "K0001" / "kiosk.json"
    state.write_text(state.read_text().replace("999901", "999902"))
    assert main(arguments) == 2
    assert "belongs to another district" in capsys.readouterr().err
    state.write_text("{")
    assert main(arguments) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_more_kiosks_than_the_district_has_are_copies(district_file: Path) -> None:
    specs = load_specs(district_file, 100)
    assert len({spec.id for spec in specs}) == 100
    assert specs[43].slots == specs[0].slots


def test_a_broker_address_is_host_and_port() -> None:
    assert read_broker("example.org:1883") == ("example.org", 1883)
    assert read_broker("[::1]:1883") == ("::1", 1883)
    with pytest.raises(SettingError, match="--broker"):
        read_broker("1883")
    assert read_brokers("one:1, two:2") == (("one", 1), ("two", 2))
    with pytest.raises(SettingError, match="--broker"):
        read_brokers("one:1,")


def test_the_simulator_knows_of_us_only_the_contract() -> None:
    for path in Path(kiosk_sim.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert not name.startswith("broker"), path
                assert not name.startswith("service") or name.startswith("service.contract"), path
