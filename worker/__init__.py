"""Celery at work: queues, drain, residency, heartbeat, sweep and schedule ticks. Imports ledger, pipelines, settings."""
