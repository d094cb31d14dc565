"""`python -m tests.faults.entry.web`: the web server."""

from corpusmill import logs
from corpusmill.settings import load
from tests.faults.entry import patches

if __name__ == "__main__":
    patches.begin()
    from corpusmill import serving

    settings = load()
    logs.configure(settings.log_format)
    serving.serve(settings)
