"""What people say about a job besides its spec: its name, notes, and tags to find it by. Any of it may change at any time."""

from __future__ import annotations

from collections.abc import Sequence

from anneal.common.base_values import values_write
from anneal.jobs.models import Job, JobTag


def job_describe(
    *,
    job: Job,
    name: str | None = None,
    notes: str | None = None,
    tags: Sequence[str] | None = None,
    base_name: str | None = None,
    base_notes: str | None = None,
) -> None:
    """Change what is given. `tags` replaces all tags that there were; whoever comes last is right.

    Raises AnnealError (412) when the name or the notes are not what the writer read, where they say what that was.
    """
    if tags is not None:
        # Two writers at once must not mix their tags.
        Job.objects.select_for_update().filter(id=job.id).values("id").first()
        JobTag.objects.filter(job_id=job.id).exclude(name__in=tags).delete()
        JobTag.objects.bulk_create([JobTag(job_id=job.id, name=tag) for tag in tags], ignore_conflicts=True)
    told = {"name": name, "notes": notes}
    changed = {field: value for field, value in told.items() if value is not None}
    if changed:
        bases = {"name": base_name, "notes": base_notes}
        values_write(Job.objects.filter(id=job.id), values=changed, bases=bases)
