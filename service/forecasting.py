"""Forecasting put together: the job that makes outlooks anew, with the holidays of the settings."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from service.calendars import CalendarError, marks
from service.flows.outlooks import OutlookMaking
from service.flows.ports import WatchedStore
from service.jobs.scheduler import Job
from service.settings import Settings, SettingsError


def outlook_job(
    store: WatchedStore, zone: ZoneInfo, settings: Settings, *, is_held: Callable[[], bool]
) -> Job:
    """Return the job that makes outlooks, hourly once the kiosks have told their past."""
    try:
        special = marks(settings.holidays, settings.campus_breaks)
    except CalendarError as error:
        message = f"Setting CIRCLE15_HOLIDAYS or CIRCLE15_CAMPUS_BREAKS is wrong: {error}"
        raise SettingsError(message) from error
    making = OutlookMaking(store, zone=zone, marks=special, may_go_on=is_held)
    return Job(name="outlooks", every_s=60, run=making.keep_up, first_after_s=15)
