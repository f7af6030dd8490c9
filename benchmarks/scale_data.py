"""A database as it is after years: many tenants, one of them with very many jobs, and one job with very many points of curves.

Rows are made inside of the database, as the services' role, so that every constraint holds and minutes suffice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from anneal.jobs.services.extremes import extremes_mark
from workers.contract.spec import JobSpec

if TYPE_CHECKING:
    from uuid import UUID

SERIES = ("train/loss", "train/gradient_norm", "train/learning_rate", "train/examples_per_second")
STEPS_OF_A_JUDGEMENT = 1000
POINTS_OF_A_REPORT = 40
_WORDS = ("invoices", "tickets", "reviews", "returns", "claims", "letters", "orders", "calls", "mails", "notes")
_SPEC = {
    "base_model": "minilm-l6-v2",
    "data": {"train": "train.parquet", "validation": "validation.parquet", "test": "test.parquet"},
}


@dataclass(frozen=True)
class Size:
    """Of the database. `jobs` are those of the big tenant; each of the others has `jobs_of_others`."""

    tenants: int = 1000
    jobs: int = 100_000
    jobs_of_others: int = 100
    datasets: int = 20_000
    models: int = 20_000
    points: int = 1_000_000


QUICK = Size(tenants=20, jobs=1000, jobs_of_others=5, datasets=100, models=100, points=20_000)


def fill(owner_url: str, service_url: str, size: Size, big: UUID, *, state: str = "succeeded") -> UUID:
    """Make all of it around the tenant `big`, and statistics as they come by themselves in time.

    The id of the job with many points, one that is in `state`.
    """
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("GRANT TEMPORARY ON DATABASE {} TO anneal_service").format(sql.Identifier(owner.info.dbname))
        )
        with psycopg.connect(service_url) as service:
            service.execute("SET ROLE anneal_service")
            make_tenants(service, size, big)
            job_id = make_long_job(service, big, size.points, state=state)
        for (table,) in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            owner.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
    return job_id


def make_tenants(connection: psycopg.Connection[Any], size: Size, big: UUID) -> None:
    """The other tenants, and what all of them have: datasets, versions, jobs, models, tags."""
    # Tenants have been here for as long as their ids say; each row's id tells the minute in which it was made.
    connection.execute(
        "INSERT INTO tenants_tenant (id, name) SELECT uuidv7(), 'Company ' || n FROM generate_series(2, %s) n",
        [size.tenants],
    )
    connection.execute(
        "CREATE TEMP TABLE sizes AS SELECT id AS tenant_id, CASE WHEN id = %(big)s THEN %(jobs)s ELSE %(others)s END AS jobs,"
        " CASE WHEN id = %(big)s THEN %(datasets)s ELSE 2 END AS datasets,"
        " CASE WHEN id = %(big)s THEN %(models)s ELSE 2 END AS models FROM tenants_tenant",
        {
            "big": big,
            "jobs": size.jobs,
            "others": size.jobs_of_others,
            "datasets": size.datasets,
            "models": size.models,
        },
    )
    for statement in (_DATASETS, _VERSIONS, _MODELS, _PLACES, _JOBS_PLANNED, _MODEL_VERSIONS, _ARTIFACTS):
        connection.execute(statement)
    spec = json.loads(JobSpec.model_validate(_SPEC).model_dump_json())
    connection.execute(_JOBS, {"spec": json.dumps(spec), "words": list(_WORDS)})
    connection.execute(_TAGS)


def make_long_job(connection: psycopg.Connection[Any], tenant: UUID, points: int, *, state: str) -> UUID:
    """One job of the tenant in this state gets as many points of curves, told in reports as a trainer tells them. Its id."""
    found = connection.execute(
        "SELECT id FROM jobs_job WHERE tenant_id = %s AND state = %s ORDER BY id DESC LIMIT 1", [tenant, state]
    ).fetchone()
    if found is None:
        raise RuntimeError(f"the tenant has no job that is {state}")
    job_id: UUID = found[0]
    parameters = {
        "tenant": tenant,
        "job": job_id,
        "names": list(SERIES),
        "steps": points // len(SERIES),
        "judged": STEPS_OF_A_JUDGEMENT,
        "report": POINTS_OF_A_REPORT // len(SERIES),
    }
    connection.execute(_POINTS, parameters)
    connection.execute(_JUDGEMENTS, parameters)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET seq = seq + (SELECT max(seq) FROM jobs_metric WHERE job_id = %(job)s) WHERE id = %(job)s RETURNING seq",
            parameters,
        )
        [(seq,)] = cursor.fetchall()
        extremes_mark(cursor, job_id=job_id, after=0, seq=seq)
    return job_id


_DATASETS = """
INSERT INTO datasets_dataset (id, tenant_id, created_at, name, task, state, columns, problems, problem_counts, num_problems, run, crashes,
                              num_added_rows)
SELECT uuidv7(-(datasets - n) * interval '5 minutes'), tenant_id, now() - (datasets - n) * interval '5 minutes', 'Data ' || n,
       'classification', 'ready', '[]', '[]', '{}', 0, 1, 0, 0
FROM sizes, generate_series(1, datasets) n ORDER BY n
"""
_VERSIONS = """
INSERT INTO datasets_datasetversion (id, tenant_id, created_at, number, sha256, task, labels, num_rows, mapping, size_bytes, text_length,
                                     problems_count, files, dataset_id)
SELECT uuidv7(dataset.created_at - now()), tenant_id, created_at, number, encode(sha256(dataset.id::text::bytea), 'hex'), task,
       '[{"label": "card", "train": 500, "validation": 50, "test": 50}, {"label": "cash", "train": 500, "validation": 50, "test": 50}]',
       '{"train": 1000, "validation": 100, "test": 100}', '{"text": "text", "label": "label"}', 100000,
       '{"p50": 40, "p95": 90, "max": 200, "unit": "characters"}', 0, '[]', dataset.id
FROM datasets_dataset dataset, generate_series(1, 3) number ORDER BY created_at
"""
_MODELS = """
INSERT INTO registry_tunedmodel (id, tenant_id, created_at, name, task, base_model)
SELECT uuidv7(-(models - n) * interval '5 minutes'), tenant_id, now() - (models - n) * interval '5 minutes', 'Model ' || n,
       'classification', 'minilm-l6-v2'
FROM sizes, generate_series(1, models) n ORDER BY n
"""
# What jobs are made of, by place in their tenant. Nobody but its owner may analyze a table, and these are temporary and ours.
_PLACES = """
CREATE TEMP TABLE versions AS
SELECT id, dataset_id, tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY created_at, id) - 1 AS place
FROM datasets_datasetversion;
CREATE TEMP TABLE models AS
SELECT id, tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) - 1 AS place FROM registry_tunedmodel;
CREATE INDEX ON versions (tenant_id, place);
CREATE INDEX ON models (tenant_id, place);
ANALYZE sizes;
ANALYZE versions;
ANALYZE models
"""
# What each job is to be, settled before its model is: 70 of 100 succeed, 20 fail, 8 are cancelled, 1 waits, 1 is paused.
_JOBS_PLANNED = """
CREATE TEMP TABLE planned AS
SELECT uuidv7(-(jobs - n) * interval '1 minute') AS id, sizes.tenant_id, n, now() - (jobs - n) * interval '1 minute' AS at,
       CASE WHEN n % 100 < 70 THEN 'succeeded' WHEN n % 100 < 90 THEN 'failed' WHEN n % 100 < 98 THEN 'cancelled'
            WHEN n % 100 < 99 THEN 'queued' ELSE 'paused' END AS state,
       versions.id AS version_id, versions.dataset_id, models.id AS model_id, uuidv7(-(jobs - n) * interval '1 minute') AS model_version_id
FROM sizes CROSS JOIN LATERAL generate_series(1, jobs) n
JOIN versions ON versions.tenant_id = sizes.tenant_id AND versions.place = n % (3 * sizes.datasets)
JOIN models ON models.tenant_id = sizes.tenant_id AND models.place = n % sizes.models
ORDER BY n;
ANALYZE planned
"""
_MODEL_VERSIONS = """
INSERT INTO registry_modelversion (id, tenant_id, created_at, number, job_id, labels, summary, dataset_version_id, model_id)
SELECT model_version_id, tenant_id, at, row_number() OVER (PARTITION BY model_id ORDER BY n), id, '["card", "cash"]',
       '{"primary": "accuracy", "value": 0.9, "metrics": {"accuracy": 0.9}, "verdict": "better"}', version_id, model_id
FROM planned WHERE state = 'succeeded' ORDER BY n
"""
_ARTIFACTS = """
INSERT INTO registry_artifact (id, tenant_id, created_at, version_id, kind, files, sha256, size_bytes)
SELECT uuidv7(created_at - now()), tenant_id, created_at, id, 'merged', '[]', encode(sha256(id::text::bytea), 'hex'), 90000000
FROM registry_modelversion ORDER BY id
"""
_JOBS = """
INSERT INTO jobs_job (
    id, tenant_id, created_at, name, notes, spec, spec_sha256, base_model, dataset_version_id, dataset_id, state, desired, reason_code,
    reason_params, seq, attempt, retries_left, crash_count, memory_kills, resumed_count, step, total_steps, epoch, committed_step,
    fingerprint, resolved, warnings, worked_s, summary, model_version_id, estimated_s, queued_at, started_at, finished_at
)
SELECT id, tenant_id, at, initcap((%(words)s::text[])[1 + n %% 10]) || ' ' || (%(words)s::text[])[1 + n / 10 %% 10] || ' run ' || n,
       CASE WHEN n %% 10 = 0 THEN 'Tried a smaller rate than in run ' || n - 1 ELSE '' END, %(spec)s::jsonb,
       encode(sha256(id::text::bytea), 'hex'), CASE WHEN n %% 50 = 0 THEN 'bert-base-chinese' ELSE 'minilm-l6-v2' END, version_id,
       dataset_id, state, 'run', CASE state WHEN 'failed' THEN 'training:diverged' ELSE '' END, '{}', 10, 1, 5, 0, 0, 0, 1000, 1000,
       10.0, 1000, '{}', '[]', '[]', 60.0 + n %% 600,
       CASE state WHEN 'succeeded' THEN jsonb_build_object('primary', 'accuracy', 'value', 0.5 + n %% 499 / 1000.0, 'verdict', 'better',
                                                          'metrics', jsonb_build_object('accuracy', 0.5 + n %% 499 / 1000.0)) END,
       CASE state WHEN 'succeeded' THEN model_version_id END, 60.0, at,
       CASE WHEN state <> 'queued' THEN at + interval '5 seconds' END,
       CASE WHEN state IN ('succeeded', 'failed', 'cancelled') THEN at + (60 + n %% 600) * interval '1 second' END
FROM planned ORDER BY n
"""
_TAGS = """
INSERT INTO jobs_jobtag (id, tenant_id, job_id, name)
SELECT uuidv7(at - now()), tenant_id, id, tag
FROM planned, LATERAL (VALUES ('baseline', n % 3 = 0), ('winter', n % 100 = 0), ('rare', n % 5000 = 0)) AS tags (tag, is_given)
WHERE is_given ORDER BY n
"""
# A loss that falls with noise on it, and now and then a spike: what thinning has to keep.
_POINTS = """
INSERT INTO jobs_metric (id, tenant_id, job_id, name, step, epoch, value, attempt, seq, created_at)
SELECT uuidv7(), %(tenant)s, %(job)s, name, step, step / 5000.0,
       exp(-3.0 * step / %(steps)s) + 0.1 * random() + CASE WHEN step %% 9973 = 0 THEN 5 ELSE 0 END, 1, 10 + (step - 1) / %(report)s,
       now() - (%(steps)s - step) * interval '30 milliseconds'
FROM generate_series(1, %(steps)s::bigint) step, unnest(%(names)s::text[]) name ORDER BY step
"""
_JUDGEMENTS = """
INSERT INTO jobs_metric (id, tenant_id, job_id, name, step, epoch, value, attempt, seq, created_at)
SELECT uuidv7(), %(tenant)s, %(job)s, 'validation/loss', step, step / 5000.0, 0.2 + exp(-3.0 * step / %(steps)s), 1,
       10 + (step - 1) / %(report)s, now() - (%(steps)s - step) * interval '30 milliseconds'
FROM generate_series(%(judged)s::bigint, %(steps)s::bigint, %(judged)s::bigint) step
"""
