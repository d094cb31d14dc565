"""`python -m tests.faults.entry.web`: the web server."""

from tests.faults.entry import patches, threads

if __name__ == "__main__":
    settings = patches.begin()
    threads.install(threads.SERVER)
    from corpusmill import serving
    from tests.faults.entry import newer

    newer.install()
    serving.serve(settings)
