"""Publishing, against a fake with the method names of grafana-client, which are our port."""

from typing import Any

import pytest

from dashboards.__main__ import main
from dashboards.district import UID, district
from dashboards.grafana import PublishError, publish_to
from dashboards.publish import FOLDER_UID, publish


class FakeFolders:
    def __init__(self, uids: list[str]) -> None:
        self.uids = uids

    def get_all_folders(self) -> list[dict[str, Any]]:
        return [{"id": n, "uid": uid, "title": uid} for n, uid in enumerate(self.uids, 1)]

    def create_folder(self, title: str, uid: str | None = None) -> dict[str, Any]:
        assert uid is not None
        assert uid not in self.uids, "Grafana refuses a second folder with this uid"
        self.uids.append(uid)
        return {"uid": uid, "title": title}


class FakeDashboards:
    def __init__(self, folders: FakeFolders) -> None:
        self.folders = folders
        self.kept: dict[str, dict[str, Any]] = {}

    def update_dashboard(self, dashboard: dict[str, Any]) -> dict[str, Any]:
        assert dashboard["folderUid"] in self.folders.uids, "Grafana answers: folder not found"
        told = dashboard["dashboard"]
        assert told["id"] is None
        assert told["uid"] not in self.kept or dashboard["overwrite"], "Grafana answers 412"
        self.kept[told["uid"]] = told
        return {"uid": told["uid"], "url": f"/d/{told['uid']}/district", "status": "success"}


class FakeGrafana:
    def __init__(self, *folder_uids: str) -> None:
        self.folder = FakeFolders(list(folder_uids))
        self.dashboard = FakeDashboards(self.folder)


def test_the_folder_is_made_once_and_the_dashboard_replaced() -> None:
    grafana = FakeGrafana("others")
    for _ in range(2):
        assert publish(district(), to=grafana) == f"/d/{UID}/district"
    assert grafana.folder.uids == ["others", FOLDER_UID]
    assert grafana.dashboard.kept == {UID: {**district(), "id": None}}


def test_the_clock_of_another_district_goes_with_it() -> None:
    grafana = FakeGrafana()
    publish(district(timezone="Asia/Urumqi"), to=grafana)
    assert grafana.dashboard.kept[UID]["timezone"] == "Asia/Urumqi"


def test_a_missing_client_is_said_in_one_sentence() -> None:
    with pytest.raises(PublishError, match=r"^grafana-client is not installed: [^.]*\.\[grafana"):
        publish_to({}, url="http://127.0.0.1:1", token="t", client="no_such_client")


def test_an_address_without_a_protocol_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "--url", "grafana.example", "--token", "t"]) == 1
    assert "begin with http" in capsys.readouterr().err


def test_publishing_without_a_token_says_where_to_put_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["publish", "--url", "http://127.0.0.1:1", "--token", ""]) == 1
    assert "GRAFANA_TOKEN" in capsys.readouterr().err
