"""The front door: settings, command line, HTTP client and the one-machine stack."""
