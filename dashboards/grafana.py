"""Opens a Grafana through grafana-client, an extra that this module alone imports."""

import importlib
from typing import Any

from dashboards.panels import Json
from dashboards.publish import Grafana, publish

CLIENT = "grafana_client"
MISSING = (
    "grafana-client is not installed: make an environment of its own, for it replaces urllib3, and "
    "run `URLLIB3_NO_OVERRIDE=1 pip install '.[grafana]'` there."
)


class PublishError(Exception):
    """Nothing was published, for a reason said in one sentence."""


def publish_to(dashboard: Json, *, url: str, token: str, client: str = CLIENT) -> str:
    """Publish a dashboard and return its whole address."""
    if not url.startswith(("http://", "https://")):
        message = f"{url} is no address of a Grafana: begin with http:// or https://."
        raise PublishError(message)
    try:
        module: Any = importlib.import_module(client)
    except ModuleNotFoundError as error:
        raise PublishError(MISSING) from error
    base = url.rstrip("/")
    # Without the slash at the end the client would join a path of our own with its `api`.
    api: Grafana = module.GrafanaApi.from_url(f"{base}/", credential=token)
    try:
        path = publish(dashboard, to=api)
    except (module.client.GrafanaException, OSError) as error:
        message = f"Grafana at {base} did not take the dashboard: {error}"
        raise PublishError(message) from error
    origin = "/".join(base.split("/")[:3])
    return f"{origin}{path}"
