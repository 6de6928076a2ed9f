"""What ``python -m service notices`` says of what failed, and that it is sent again."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.commands.notices import notices
from service.domain.incidents import What
from service.domain.notice import Never
from service.settings import SettingsError
from service.store.engine import open_engine
from service.store.sql_store import SqlStore
from tests.support.notices import Desk, happens, hears


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    """A database in which somebody could not be told."""
    path = tmp_path / "circle15.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    store = SqlStore(engine)
    hears(store, "管理员")
    happens(store, What.OPENED)
    desk = Desk(store, answers=lambda _parcel: Never("it answered 410"))
    desk.go()
    desk.stop()
    engine.dispose()
    return tmp_path


def say(folder: Path, *words: str) -> str:
    env = {"CIRCLE15_DATA_FOLDER": str(folder), "CIRCLE15_BROKER_PASSWORD": "none"}
    ran = CliRunner().invoke(notices, list(words), env=env)
    if ran.exception is not None:
        raise ran.exception
    return ran.output


def test_what_failed_is_told_with_its_reason_and_sent_again_once_asked(folder: Path) -> None:
    told = say(folder, "list")
    assert "failed to 管理员 by 管理员: out opened K0001\n  it answered 410\n" in told
    assert "example.org" not in told
    number = told.split()[0]
    assert say(folder, "retry", number) == "1 will be sent again.\n"
    assert say(folder, "list") == "1 wait or are being sent, 0 failed.\n"
    with pytest.raises(SettingsError, match="Only a notice that failed"):
        say(folder, "retry", number)
    with pytest.raises(SettingsError, match="choose waiting"):
        say(folder, "list", "--state", "lost")
