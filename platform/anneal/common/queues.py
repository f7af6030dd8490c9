"""Celery's settings for every app of ours, and which queue a topic goes to."""

from __future__ import annotations

from typing import Any, Final

QUEUES: Final = {
    "jobs": "gpu",
    "datasets": "background",
    "previews": "background",
    "store": "background",
    "mail": "mail",
}
# What waits for other people's servers, and would hold up its area.
QUEUES_OF_TOPICS: Final = {"datasets.fetch": "imports"}

CELERY_SETTINGS: Final[dict[str, Any]] = {
    "task_acks_late": False,
    "task_ignore_result": True,
    "result_backend": None,
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
    "worker_send_task_events": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "task_default_queue": "background",
    "task_create_missing_queues": True,
    "broker_transport_options": {
        "socket_timeout": 20,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "global_keyprefix": "anneal:",
    },
}


def queue_of(topic: str) -> str:
    """The queue of a task name such as `jobs.wake`. Raises KeyError for an area without a queue."""
    return QUEUES_OF_TOPICS.get(topic) or QUEUES[topic.split(".", 1)[0]]
