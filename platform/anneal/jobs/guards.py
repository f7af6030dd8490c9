"""SQL that keeps the table of jobs honest whatever code says: moves are data of the contract, turned into SQL here."""

from __future__ import annotations

from django.db.migrations import RunSQL

from workers.contract.states import MOVES


def moves_array() -> str:
    """`ARRAY['queued>starting', …]`: every pair of `MOVES`."""
    pairs = sorted(f"'{frm.value}>{to.value}'" for frm, targets in MOVES.items() for to in targets)
    return f"ARRAY[{', '.join(pairs)}]"


def job_guard() -> RunSQL:
    """Refuse what may never happen: a changed spec, a move outside of `MOVES`, a counter that runs backwards."""
    return RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION jobs_job_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY ({moves_array()})) THEN
                RAISE EXCEPTION 'a job cannot move from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
            END IF;
            IF (NEW.id, NEW.tenant_id, NEW.spec, NEW.spec_sha256, NEW.base_model, NEW.dataset_version_id, NEW.dataset_id, NEW.created_at,
                NEW.search_of_id, NEW.trial_number, NEW.delivers_id)
               IS DISTINCT FROM
               (OLD.id, OLD.tenant_id, OLD.spec, OLD.spec_sha256, OLD.base_model, OLD.dataset_version_id, OLD.dataset_id, OLD.created_at,
                OLD.search_of_id, OLD.trial_number, OLD.delivers_id) THEN
                RAISE EXCEPTION 'the spec of a job never changes' USING ERRCODE = 'restrict_violation';
            END IF;
            IF NEW.attempt < OLD.attempt OR NEW.seq < OLD.seq OR NEW.committed_step < OLD.committed_step THEN
                RAISE EXCEPTION 'attempt, seq and committed step never go back' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE OR REPLACE TRIGGER guard BEFORE UPDATE ON jobs_job FOR EACH ROW EXECUTE FUNCTION jobs_job_guard();
        """,
        """
        DROP TRIGGER IF EXISTS guard ON jobs_job;
        DROP FUNCTION IF EXISTS jobs_job_guard();
        """,
    )
