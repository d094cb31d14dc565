"""Codes of countries, as tzdata lists those of ISO 3166-1. Imports the standard library."""

import difflib
from functools import cache
from importlib.resources import files

MISTAKEN = {"UK": "GB", "EL": "GR"}
"""Codes that people and European institutions write for those of ISO 3166-1."""


def code(given: str) -> str:
    """The code in upper case. Raises ValueError with the nearest one where there is no such country."""
    found = given.strip().upper()
    if found in listed():
        return found
    near = MISTAKEN.get(found) or next(iter(difflib.get_close_matches(found, listed(), n=1, cutoff=0)), "")
    raise ValueError(f"“{given}” is no country of ISO 3166-1 alpha-2; {near} is {listed().get(near)}")


@cache
def listed() -> dict[str, str]:
    """The name of each country by its code."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}
