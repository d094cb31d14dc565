"""The one-machine stack: broker, migrations, web, worker and beat under one supervisor."""
