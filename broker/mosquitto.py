"""Writes Mosquitto's configuration, password list and access list from the accounts."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from broker.accounts import Account, write_private
from broker.ports import LOOPBACK
from broker.topics import ROOT, rights_of

TEMPLATE: Final = Path(__file__).parent / "mosquitto" / "mosquitto.conf"


def render(
    folder: Path, accounts: Sequence[Account], port: int, *, run_as: str | None = None
) -> Path:
    """Write all that Mosquitto needs into a folder and return the path of its mosquitto.conf.

    Started by root, Mosquitto becomes the user `mosquitto`; `run_as` names another one, who must
    be able to read the folder.
    """
    folder = folder.resolve()
    store = folder / "store"
    store.mkdir(parents=True, exist_ok=True)
    text = TEMPLATE.read_text(encoding="utf-8")
    places = {
        "listener": f"listener {port} {LOOPBACK}",
        "password_file": f"password_file {folder / 'passwords'}",
        "acl_file": f"acl_file {folder / 'acl'}",
        "persistence_location": f"persistence_location {store}/",
    }
    for option, line in places.items():
        text, replaced = re.subn(rf"(?m)^{option} .*$", line.replace("\\", r"\\"), text)
        assert replaced == 1, f"{TEMPLATE} must hold {option} once"
    if run_as is not None:
        text += f"\nuser {run_as}\n"
    refresh(folder, accounts)
    path = folder / "mosquitto.conf"
    write_private(path, text)
    return path


def refresh(folder: Path, accounts: Sequence[Account]) -> None:
    """Write the two lists alone; Mosquitto reads them anew when it is sent a SIGHUP."""
    write_private(folder / "passwords", passwords_text(accounts))
    write_private(folder / "acl", acl_text(accounts))


def passwords_text(accounts: Sequence[Account]) -> str:
    """Return the password file: a name and its hash on each line."""
    return "".join(f"{account.name}:{account.mosquitto_hash}\n" for account in accounts)


def acl_text(accounts: Sequence[Account]) -> str:
    """Return the access list: what is in it may be said and heard, all else is forbidden.

    Mosquitto looks for a user from the begin of its list, for each line that it reads and for each
    that connects: 10,000 kiosks spelled out one by one kept it busy for seconds. So the kiosks of a
    region are said once, by the user's name. The kiosks of several regions are spelled out all the
    same: each pattern holds for every user, and would let a kiosk speak in a region not its own.
    """
    kiosks = [account for account in accounts if account.role == "kiosk"]
    is_one_region = len({account.region for account in kiosks}) == 1
    lines = ["# Written from accounts.json: do not edit."]
    if is_one_region:
        mine, everybodys = (f"{ROOT}/{kiosks[0].region}/{name}/" for name in (kiosks[0].name, "%u"))
        lines += ["", *(rule.replace(mine, everybodys) for rule in _rules("pattern", kiosks[0]))]
    for account in accounts:
        if account.role != "kiosk" or not is_one_region:
            lines += ["", f"user {account.name}", *_rules("topic", account)]
    return "\n".join(lines) + "\n"


def _rules(kind: str, account: Account) -> list[str]:
    rights = rights_of(account)
    says = [f"{kind} write {topic}" for topic in rights.publish]
    return says + [f"{kind} read {topic}" for topic in rights.subscribe]
