"""Whether database, broker, models, workers and queues are well. Imports the ledger and redis; never torch."""

from contextlib import closing

import redis
from sqlalchemy.exc import SQLAlchemyError

import migrations
from corpusmill.diagnosis.finding import Finding
from corpusmill.settings import Settings
from ledger.catalog import models
from ledger.engine import Ledger
from ledger.errors import SchemaError
from ledger.work.audit import audit
from ledger.work.leases import breaker, workers

ANSWER_SECONDS = 2.0
JOBS_COUNTED = 100
SILENT = "the database does not answer"


def database(settings: Settings) -> Finding:
    """Whether it answers, with the newest tables."""
    try:
        with closing(Ledger(settings.database_url)) as ledger:
            migrations.require_current(ledger)
    except SchemaError as error:
        return Finding("database", False, error.message)
    except SQLAlchemyError as error:
        return Finding("database", False, f"{type(error).__name__}; is it running, and may this user write there?")
    return Finding("database", True, "answers, with the newest tables")


def counts(settings: Settings) -> Finding:
    """Whether what is kept of the newest jobs' counts is what counting their items gives."""
    try:
        with closing(Ledger(settings.database_url)) as ledger, ledger.read() as session:
            differing = [f"{job_id}: {words}" for job_id, words in audit(session, most=JOBS_COUNTED)]
    except SQLAlchemyError:
        return Finding("counts", False, SILENT)
    if differing:
        return Finding("counts", False, f"of {len(differing)} jobs they are wrong; please report it: {differing[0]}")
    return Finding("counts", True, f"those of the newest jobs (up to {JOBS_COUNTED}) are right")


def broker(settings: Settings) -> Finding:
    """Whether it answers soon and evicts nothing: a comfort, since workers find work by polling as well."""
    socket = settings.broker_socket
    url = f"unix://{socket}" if socket else settings.redis_url
    try:
        with redis.Redis.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, retry=None
        ) as client:
            policy = dict(client.config_get("maxmemory-policy")).get("maxmemory-policy")
    except ValueError:
        return Finding("broker", False, "redis_url: it is no URL, such as redis://host:6379/0")
    except (redis.RedisError, OSError) as error:
        detail = f"{type(error).__name__}; work goes on by polling, corpusmill up starts the embedded broker"
        return Finding("broker", False, detail, comfort=True)
    if policy != "noeviction":
        detail = f"maxmemory-policy is {policy}, which drops notifications and delays work; set noeviction"
        return Finding("broker", False, detail, comfort=True)
    return Finding("broker", True, "answers, evicts nothing")


def models_admitted(settings: Settings) -> Finding:
    """Whether there are models, and their files."""
    try:
        with closing(Ledger(settings.database_url)) as ledger, ledger.read() as session:
            found = [model for model, _ in models.admitted(session)]
    except SQLAlchemyError:
        return Finding("models", False, SILENT)
    absent = [model.name for model in found if not (settings.models_dir / model.directory).is_dir()]
    if absent:
        return Finding("models", False, f"admitted, but not in {settings.models_dir}: {', '.join(absent)}")
    if not found:
        return Finding("models", False, "none is admitted; corpusmill models install starter brings four")
    return Finding("models", True, ", ".join(model.name for model in found))


def workers_alive(settings: Settings) -> Finding:
    """Whether any worker runs, and can serve its queues."""
    try:
        with closing(Ledger(settings.database_url)) as ledger, ledger.read() as session:
            now = ledger.now(session)
            alive = [worker for worker in workers.present(session, now=now) if workers.is_alive(worker, now)]
    except SQLAlchemyError:
        return Finding("workers", False, SILENT)
    trouble = [message for worker in alive for message in worker.trouble.values()]
    if trouble:
        return Finding("workers", False, "; ".join(trouble))
    if not alive:
        return Finding("workers", False, "none is running; corpusmill up or corpusmill worker starts one")
    return Finding("workers", True, f"{len(alive)} running")


def queues(settings: Settings) -> Finding:
    """Whether any queue rests because its workers kept dying."""
    try:
        with closing(Ledger(settings.database_url)) as ledger, ledger.read() as session:
            resting = breaker.resting(session, now=ledger.now(session))
    except SQLAlchemyError:
        return Finding("queues", False, SILENT)
    if resting:
        names = ", ".join(f"{found.queue} until {found.open_until:%H:%M:%S} UTC" for found in resting)
        return Finding("queues", False, f"resting, since their workers kept dying (the worker's log says why): {names}")
    return Finding("queues", True, "none rests")
