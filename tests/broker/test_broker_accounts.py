"""Who may connect: what is kept about them, and what is refused."""

import base64
import hashlib
import itertools
import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pytest

from broker.accounts import (
    AccountError,
    Enrolment,
    account_of,
    enrol,
    enrol_all,
    load,
    new_password,
    save,
    withdraw,
)

REGION = "999901"


def seeded(seed: int) -> str:
    counter = itertools.count(seed)
    return new_password(lambda size: hashlib.sha256(str(next(counter)).encode()).digest()[:size])


def test_a_password_holds_144_bits_from_the_given_source() -> None:
    asked: list[int] = []

    def source(size: int) -> bytes:
        asked.append(size)
        return bytes(range(size))

    assert new_password(source) == base64.urlsafe_b64encode(bytes(range(18))).decode()
    assert asked == [18]
    assert len({new_password(os.urandom) for _ in range(100)}) == 100


def test_both_hashes_accept_the_password_and_no_other() -> None:
    password = seeded(1)
    account = account_of(Enrolment(name="K0001", role="kiosk", region=REGION, password=password))
    assert bcrypt.checkpw(password.encode(), account.bcrypt_hash.encode())
    assert not bcrypt.checkpw(seeded(2).encode(), account.bcrypt_hash.encode())
    _, scheme, rounds, salt, digest = account.mosquitto_hash.split("$")
    assert scheme == "7"
    expected = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(salt), int(rounds))
    assert base64.b64decode(digest) == expected


def test_a_hash_is_cheap_so_that_a_whole_fleet_can_reconnect_at_once() -> None:
    account = account_of(Enrolment(name="K0001", role="kiosk", region=REGION, password=seeded(1)))
    assert account.bcrypt_hash.startswith("$2b$04$")
    assert account.mosquitto_hash.startswith("$7$101$")


@pytest.mark.parametrize("password", ["", "hunter2", "x" * 23, "x" * 73])
def test_a_password_that_nobody_rolled_is_refused(password: str, tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="24 to 72 characters"):
        enrol(tmp_path / "accounts.json", "K0001", "kiosk", REGION, password)
    assert not (tmp_path / "accounts.json").exists()


@pytest.mark.parametrize(
    "name", ["", "service", "K.1", "K*", "K>", "K/1", "K+", "#", "K 1", 'K"', "K\n", "é", "x" * 33]
)
def test_a_name_that_could_widen_a_topic_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="cannot be an account's name"):
        enrol(tmp_path / "accounts.json", name, "kiosk", REGION, seeded(1))


@pytest.mark.parametrize("region", ["", "99990", "9999011", "99990x", "+", "99990\n"])
def test_a_region_that_is_no_division_code_is_refused(region: str, tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="six digits"):
        enrol(tmp_path / "accounts.json", "K0001", "kiosk", region, seeded(1))


def test_a_role_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="'kiosk' or a 'service'"):
        enrol(tmp_path / "accounts.json", "K0001", "admin", REGION, seeded(1))


def test_enrolling_twice_changes_nothing_and_a_new_password_replaces_the_old(
    tmp_path: Path,
) -> None:
    path = tmp_path / "accounts.json"
    first = enrol(path, "K0001", "kiosk", REGION, seeded(1))
    before = (path.read_bytes(), path.stat().st_ino)
    assert enrol(path, "K0001", "kiosk", REGION, seeded(1)) == first
    assert (path.read_bytes(), path.stat().st_ino) == before
    second = enrol(path, "K0001", "kiosk", REGION, seeded(2))
    assert load(path) == (second,)
    assert second != first


def test_what_is_saved_is_loaded_again_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "accounts.json"
    added = enrol_all(
        path,
        [
            Enrolment(name="K0002", role="kiosk", region=REGION, password=seeded(2)),
            Enrolment(name="K0001", role="service", region=REGION, password=seeded(1)),
        ],
    )
    assert load(path) == tuple(reversed(added))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert seeded(1) not in path.read_text(encoding="utf-8")
    save(path, added)
    assert load(path) == tuple(reversed(added))


def test_the_reference_fleet_is_enrolled_in_a_moment(tmp_path: Path) -> None:
    wishes = [
        Enrolment(name=f"K{number:04d}", role="kiosk", region=REGION, password=seeded(number))
        for number in range(1, 44)
    ]
    started_at = time.process_time()
    enrol_all(tmp_path / "accounts.json", wishes)
    assert time.process_time() - started_at < 0.5
    assert len(load(tmp_path / "accounts.json")) == 43


def test_enrolments_at_the_same_moment_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    names = [f"K{number:04d}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: enrol(path, name, "kiosk", REGION, seeded(7)), names))
    assert [account.name for account in load(path)] == names
    assert [file.name for file in tmp_path.glob(".accounts.json.*")] == [".accounts.json.lock"]


def test_a_withdrawn_account_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    for name in ("K0001", "K0002"):
        enrol(path, name, "kiosk", REGION, seeded(1))
    withdraw(path, ["K0001", "K0777"])
    assert [account.name for account in load(path)] == ["K0002"]


def test_no_file_means_no_accounts(tmp_path: Path) -> None:
    assert load(tmp_path / "accounts.json") == ()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"accounts": [{"name": "K0001"}]}', '{"accounts": 3}']
)
def test_a_damaged_file_is_said_plainly(text: str, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AccountError, match=r"does not hold broker accounts.*Put back a copy"):
        load(path)


def test_a_planted_name_in_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    enrol(path, "K0001", "kiosk", REGION, seeded(1))
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["accounts"][0]["name"] = '>" }, { user: "x'
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(AccountError):
        load(path)


def test_an_enrolment_never_prints_its_password() -> None:
    wish = Enrolment(name="K0001", role="kiosk", region=REGION, password=seeded(1))
    assert seeded(1) not in f"{wish!r} {wish}"
