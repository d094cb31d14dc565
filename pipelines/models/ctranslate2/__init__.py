"""Models that CTranslate2 runs in place of our own loop. Imports ctranslate2 where it is installed."""
