"""What of quotas is counted of models: room. The sum stands on the index by tenant of the artifacts."""

from __future__ import annotations

from django.db.models import Sum

from anneal.plans.kinds import GB, QuotaKind
from anneal.plans.measures import Measure, measure_register
from anneal.registry.selectors import artifacts_kept

measure_register(QuotaKind.STORED_GB, "models", Measure(artifacts_kept, Sum("size_bytes"), per=GB))
