"""The control: the same documents and faults on plain Celery, which must lose or double some. Imports its parts."""

from tests.faults.control.run import run

__all__ = ["run"]
