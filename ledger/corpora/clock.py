"""A moment as the clocks of a schedule's zone show it. Standard library only."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def local(moment: datetime, time_zone: str) -> str:
    """Such as "2026-11-24 02:30 WET (UTC+00:00)"; a zone that this machine does not know is shown as UTC.

    The offset stands beside the abbreviation, which is of many zones and tells a fold of summer time by a letter only.
    """
    shown = moment.astimezone(_zone(time_zone))
    clock = f"{shown:%Y-%m-%d %H:%M}" + (f":{shown:%S}" if shown.second else "")
    offset = f"{shown:%z}"
    offset = f"UTC{offset[:3]}:{offset[3:]}"
    abbreviation = shown.tzname() or ""
    if abbreviation == "UTC":
        return f"{clock} UTC"
    return f"{clock} {abbreviation} ({offset})" if abbreviation.isalpha() else f"{clock} {offset}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
