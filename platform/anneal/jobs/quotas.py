"""What of quotas is counted of jobs: hours, on the one row of a tenant's month, jobs that workers hold, on their index, and room."""

from __future__ import annotations

from django.db.models import Count, Sum

from anneal.jobs.selectors import checkpoints_kept, jobs_held, worked_this_month
from anneal.plans.kinds import GB, HOUR_S, QuotaKind
from anneal.plans.measures import Measure, measure_register

measure_register(QuotaKind.COMPUTE_HOURS, "jobs", Measure(worked_this_month, Sum("seconds"), per=HOUR_S))
measure_register(QuotaKind.RUNNING_JOBS, "jobs", Measure(jobs_held, Count("id")))
measure_register(QuotaKind.STORED_GB, "checkpoints", Measure(checkpoints_kept, Sum("size_bytes"), per=GB))
