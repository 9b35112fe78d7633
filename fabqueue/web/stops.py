"""What of FabQueue itself has stopped, as the code of a sentence for whoever reads the page."""

from fabqueue.tasks import heartbeat
from fabqueue.tasks.heartbeat import QUEUE
from fabqueue.web.site import reading


def of_reading() -> str:
    """Why an uploaded file is not read, or slowly; empty when all is well."""
    stopped = heartbeat.stopped(reading())
    if QUEUE in stopped:
        return "stop_reading_slow"
    return "stop_reading" if "analysis" in stopped else ""


def for_staff() -> list[str]:
    """Every part that has stopped. What the ticker does for others is not said while it does nothing itself."""
    stopped = heartbeat.stopped(reading())
    told = [name for name in (*heartbeat.BEATING, QUEUE) if name in stopped]
    if "ticker" in stopped:
        told = [name for name in told if name != "machines"]
    return [f"stop_{name}" for name in told]
