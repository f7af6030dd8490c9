"""What of quotas is counted of data: room. Each sum stands on the index by tenant of its table; uploads on that of `expires_at`."""

from __future__ import annotations

from django.db.models import Sum

from anneal.datasets.selectors import dataset_files_kept, dataset_versions_kept, uploads_kept
from anneal.plans.kinds import GB, QuotaKind
from anneal.plans.measures import Measure, measure_register

_PARTS = {"uploads": uploads_kept, "files": dataset_files_kept, "versions": dataset_versions_kept}
for _part, _rows in _PARTS.items():
    measure_register(QuotaKind.STORED_GB, _part, Measure(_rows, Sum("size_bytes"), per=GB))
