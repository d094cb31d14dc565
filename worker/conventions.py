"""Every Celery setting that the promise needs, with the reason. Imports the standard library only."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Convention:
    """One setting, the value it must have, and what would be lost with another."""

    name: str
    value: Any
    why: str


CONVENTIONS = (
    Convention("accept_content", ["json"], "pickle lets whoever reaches the broker run code in every worker"),
    Convention("result_accept_content", ["json"], "pickle lets whoever reaches the broker run code"),
    Convention("task_serializer", "json", "pickle lets whoever reaches the broker run code in every worker"),
    Convention("result_backend", None, "results are rows of the ledger; a second store grows and can only disagree"),
    Convention("task_ignore_result", True, "Celery would log and keep return values"),
    Convention("task_acks_late", False, "a message is a notification; late acknowledgement redelivers running work"),
    Convention("task_reject_on_worker_lost", False, "a message that kills its worker would come back without end"),
    Convention("task_publish_retry", False, "publishing would wait for the broker; the sweep repeats notifications"),
    Convention("task_create_missing_queues", True, "a queue of a new model could not be served"),
    Convention("task_time_limit", None, "a message is a slice of many batches; the watchdog measures progress instead"),
    Convention("task_soft_time_limit", None, "a message is a slice of many batches"),
    Convention("worker_prefetch_multiplier", 1, "a busy worker would hoard notifications while others idle"),
    Convention("worker_disable_prefetch", True, "a busy worker would hoard notifications while others idle"),
    Convention("worker_pool_start_method", "spawn", "CUDA cannot be used in a forked child"),
    Convention("worker_proc_alive_timeout", 120, "a child that loads slowly would be killed"),
    Convention("worker_max_tasks_per_child", None, "models would be loaded again and again"),
    Convention("worker_max_memory_per_child", None, "a limit below the models ends every child after one message"),
    Convention("worker_enable_remote_control", False, "whoever reaches the broker could stop workers"),
    Convention("worker_send_task_events", False, "events fill the broker; status comes from the ledger"),
    Convention("worker_cancel_long_running_tasks_on_connection_loss", False, "losing Redis would end running batches"),
    Convention("worker_hijack_root_logger", False, "logs would lose their structure"),
    Convention("worker_redirect_stdouts", False, "the stacks of a worker that hangs would be lost"),
    Convention("broker_connection_retry_on_startup", True, "a worker could not start while Redis is away"),
    Convention("broker_connection_max_retries", None, "a worker would give up after Redis was away for a while"),
)
