"""Publishes the dashboard to a Grafana, through a port that follows grafana-client's names."""

from typing import Any, Final, Protocol

from dashboards.panels import Json

FOLDER_UID: Final = "circle15"
FOLDER_TITLE: Final = "Circle15 · 十五分钟圈"


class Folders(Protocol):
    """What we need of ``grafana_client``'s folders."""

    def get_all_folders(self) -> list[dict[str, Any]]:
        """Return the folders at the top."""

    def create_folder(self, title: str, uid: str | None = None) -> dict[str, Any]:
        """Make a folder."""


class Dashboards(Protocol):
    """What we need of ``grafana_client``'s dashboards."""

    def update_dashboard(self, dashboard: dict[str, Any]) -> dict[str, Any]:
        """Make or replace a dashboard."""


class Grafana(Protocol):
    """What we need of ``grafana_client.GrafanaApi``."""

    @property
    def folder(self) -> Folders:
        """Return its folders."""

    @property
    def dashboard(self) -> Dashboards:
        """Return its dashboards."""


def payload(dashboard: Json) -> Json:
    """Return what Grafana is told: the repository's version replaces what was edited by hand."""
    return {
        "dashboard": {**dashboard, "id": None},
        "folderUid": FOLDER_UID,
        "overwrite": True,
        "message": "python -m dashboards publish",
    }


def publish(dashboard: Json, *, to: Grafana) -> str:
    """Make the folder where it is missing, put the dashboard in it, return its path."""
    if all(folder["uid"] != FOLDER_UID for folder in to.folder.get_all_folders()):
        to.folder.create_folder(FOLDER_TITLE, uid=FOLDER_UID)
    return str(to.dashboard.update_dashboard(payload(dashboard))["url"])
