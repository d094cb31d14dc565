"""Celery at work: queues, drain, residency, heartbeat, sweep, ticks. Imports ledger, pipelines and settings."""
