"""Says who may connect to the broker, and keeps that list on disk as hashes only."""

import base64
import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, cast

import bcrypt

Role = Literal["kiosk", "service"]

PASSWORD_BYTES: Final = 18  # 144 random bits, 24 characters of base64url.
PASSWORD_CHARS_MIN: Final = 24
PASSWORD_CHARS_MAX: Final = 72  # bcrypt reads no further.
ACCOUNTS_MAX: Final = 200_000

# Cheap on purpose: the passwords are random, so there is no dictionary to slow down, and a fleet
# that reconnects all at once must not cost the broker an hour of CPU. See decision 0005.
_BCRYPT_COST: Final = 4
_PBKDF2_ROUNDS: Final = 101

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,32}")
_REGION: Final = re.compile(r"[0-9]{6}")
_TO_BCRYPT_ALPHABET: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


class AccountError(ValueError):
    """An account, or the file of them, cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Someone who may connect: a kiosk under its own id, or a region's service."""

    name: str
    role: Role
    region: str
    bcrypt_hash: str  # What nats-server checks.
    mosquitto_hash: str  # What Mosquitto checks: $7$rounds$salt$PBKDF2-SHA512.

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or (self.name == "service"):
            msg = (
                f"{self.name!r} cannot be an account's name: use 1 to 32 letters, digits and "
                "hyphens; the word 'service' alone is reserved."
            )
            raise AccountError(msg)
        if not _REGION.fullmatch(self.region):
            msg = f"{self.region!r} is not a region: give the six digits of the division code."
            raise AccountError(msg)
        if self.role not in ("kiosk", "service"):
            msg = f"{self.role!r} is not a role: an account is a 'kiosk' or a 'service'."
            raise AccountError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A wish to let somebody in, with the password that they will use."""

    name: str
    role: Role
    region: str
    password: str

    def __repr__(self) -> str:
        """Leave the password out, so that it ends in no log."""
        return f"Enrolment(name={self.name!r}, role={self.role!r}, region={self.region!r})"


def service_name(region: str) -> str:
    """Return the user name and MQTT client id of a region's service."""
    return f"circle15-service-{region}"


def new_password(random_bytes: Callable[[int], bytes]) -> str:
    """Make a password of 144 bits from the given source (`os.urandom` outside of tests)."""
    return base64.urlsafe_b64encode(random_bytes(PASSWORD_BYTES)).decode()


def account_of(wish: Enrolment) -> Account:
    """Hash the password for both brokers; the same wish always gives the same account.

    The salts are derived from the name and the password. A salt guards weak passwords that several
    people share; ours are 144 random bits each, and equal hashes for equal input make a repeated
    enrolment change nothing on disk.
    """
    if not PASSWORD_CHARS_MIN <= len(wish.password.encode()) <= PASSWORD_CHARS_MAX:
        msg = (
            f"The password of {wish.name} must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} "
            "characters and come from new_password: its hash is cheap, so it must be random."
        )
        raise AccountError(msg)
    secret = wish.password.encode()
    salt = hashlib.sha512(b"circle15 broker salt\0" + wish.name.encode() + b"\0" + secret).digest()
    digest = hashlib.pbkdf2_hmac("sha512", secret, salt[16:28], _PBKDF2_ROUNDS)
    return Account(
        name=wish.name,
        role=wish.role,
        region=wish.region,
        bcrypt_hash=bcrypt.hashpw(secret, _bcrypt_salt(salt[:16])).decode(),
        mosquitto_hash=f"$7${_PBKDF2_ROUNDS}${_base64(salt[16:28])}${_base64(digest)}",
    )


def load(path: Path) -> tuple[Account, ...]:
    """Read the accounts, sorted by name; a file that is not there yet holds none."""
    try:
        rows = json.loads(path.read_bytes())["accounts"]
        accounts = tuple(Account(**row) for row in rows)
    except FileNotFoundError:
        return ()
    except (ValueError, TypeError, KeyError) as problem:
        msg = (
            f"{path} does not hold broker accounts ({problem}). Put back a copy of it, or remove "
            "it and enrol the kiosks anew."
        )
        raise AccountError(msg) from problem
    return tuple(sorted(accounts, key=lambda account: account.name))


def save(path: Path, accounts: Iterable[Account]) -> None:
    """Replace the file as a whole, readable by its owner only; later namesakes win."""
    by_name = {account.name: account for account in accounts}
    if len(by_name) > ACCOUNTS_MAX:
        msg = f"{len(by_name)} accounts are more than {ACCOUNTS_MAX}: split them by region."
        raise AccountError(msg)
    rows = [asdict(by_name[name]) for name in sorted(by_name)]
    text = json.dumps({"version": 1, "accounts": rows}, indent=1) + "\n"
    write_private(path, text)


def enrol(path: Path, name: str, role: str, region: str, password: str) -> Account:
    """Let one account in, or replace it; doing it twice changes nothing."""
    wish = Enrolment(name=name, role=cast("Role", role), region=region, password=password)
    return enrol_all(path, [wish])[0]


def enrol_all(path: Path, wishes: Iterable[Enrolment]) -> tuple[Account, ...]:
    """Let many in with one write, so that a whole fleet costs milliseconds a kiosk."""
    added = tuple(account_of(wish) for wish in wishes)
    with _only_writer(path):
        before = load(path)
        after = {account.name: account for account in (*before, *added)}
        if tuple(after[name] for name in sorted(after)) != before or not path.exists():
            save(path, after.values())
    return added


def withdraw(path: Path, names: Iterable[str]) -> None:
    """Shut the named accounts out: a kiosk that was stolen or scrapped."""
    gone = frozenset(names)
    with _only_writer(path):
        save(path, [account for account in load(path) if account.name not in gone])


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # Mode 0600.
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold other enrolments off between reading the file and replacing it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bcrypt_salt(raw: bytes) -> bytes:
    letters = base64.b64encode(raw).rstrip(b"=").translate(_TO_BCRYPT_ALPHABET)
    return b"$2b$%02d$" % _BCRYPT_COST + letters


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
