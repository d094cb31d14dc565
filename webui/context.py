"""What every view needs of the installation: settings, ledger, notify. Imports Flask, settings, the ledger."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app

from corpusmill.settings import Settings
from ledger.catalog.gate.policy import Policy, of
from ledger.engine import Ledger
from webui.intake.pressure import Pressure

INSTANCE_HEADER = "Corpusmill-Instance"


@dataclass(frozen=True, slots=True)
class Context:
    """The one installation that an app serves; `instance` tells this app from another that answers on its port."""

    settings: Settings
    ledger: Ledger
    notify: Callable[[str], None]
    pressure: Pressure
    policy: Policy
    instance: str


def attach(app: Flask, settings: Settings, ledger: Ledger, notify: Callable[[str], None]) -> None:
    """Give `app` its installation. Raises PolicyError."""
    policy = of(settings)
    app.extensions["corpusmill"] = Context(
        settings, ledger, notify, Pressure(settings, ledger), policy, secrets.token_hex(16)
    )


def here() -> Context:
    """The installation of the present request."""
    context: Context = current_app.extensions["corpusmill"]
    return context


def instance_of(app: Flask) -> str:
    """The id by which /healthz names `app`."""
    context: Context = app.extensions["corpusmill"]
    return context.instance
