"""
Durable work: what has to be done stands as jobs in the database of the service, next to what it is about.
"""

from oots.work.job import Backlog, DeadJob, Job, State, job_table
from oots.work.jobs import Jobs, LeaseLost
from oots.work.recurring import Recurring, until_none
from oots.work.worker import Task, Worker

__all__ = [
    "Backlog",
    "DeadJob",
    "Job",
    "Jobs",
    "LeaseLost",
    "Recurring",
    "State",
    "Task",
    "Worker",
    "job_table",
    "until_none",
]
