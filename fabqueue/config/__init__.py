"""Settings: read once from TOML and the environment into one frozen object; every fault is reported at once.

What a lab decides on its own page (`adjustable` settings) is laid over the defaults by `overlay`; what the file or the
environment says wins.
"""

from fabqueue.config.documented import example
from fabqueue.config.reading import ConfigError, Fault, adjustable, build, load, overlay, text_of, zone
from fabqueue.config.schema import (
    LINES,
    LOGO_TYPES,
    AnalysisSettings,
    Config,
    DataSettings,
    DrawingSettings,
    LogSettings,
    MachineSettings,
    MailSettings,
    MetricsSettings,
    MoneySettings,
    PeopleSettings,
    QueueSettings,
    RetentionSettings,
    ServerSettings,
    SiteSettings,
    SlicerSettings,
    UploadSettings,
    sections,
    setting,
)

__all__ = [
    "LINES", "LOGO_TYPES", "AnalysisSettings", "Config", "ConfigError", "DataSettings", "DrawingSettings", "Fault",
    "LogSettings", "MachineSettings", "MailSettings", "MetricsSettings", "MoneySettings", "PeopleSettings",
    "QueueSettings", "RetentionSettings", "ServerSettings", "SiteSettings", "SlicerSettings", "UploadSettings",
    "adjustable", "build", "example", "load", "overlay", "sections", "setting", "text_of", "zone",
]  # fmt: skip
