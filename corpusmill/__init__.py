"""The front door: settings, command line, HTTP client and the one-machine stack."""

__version__ = "0.1.0"
