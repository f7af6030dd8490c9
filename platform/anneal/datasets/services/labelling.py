"""Writes of labelling: a session begun, rows handed out, answers given and taken back, and a session made into a version.

Postgres alone knows who has which row before them: a claim is a row with an expiry by the database's clock. Handing out
takes a lock on the session, so that two people who ask at once are not given the same row; answering waits for nobody.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from anneal.common.errors import AnnealError, not_found
from anneal.datasets.files.stored import Selection
from anneal.datasets.labelling import texts as _texts  # noqa: F401 - the words of the refusals below
from anneal.datasets.labelling.choosing import rows_choose
from anneal.datasets.labelling.resolving import Resolve, is_disputed, majority
from anneal.datasets.labelling.subjects import row_cells
from anneal.datasets.labelling.values import (
    AGAINST_ROWS,
    ANSWERED,
    VERDICTS,
    Question,
    cells_of,
    chosen_side,
    drops,
    form_of,
)
from anneal.datasets.models import (
    Annotation,
    Dataset,
    DatasetChange,
    DatasetVersion,
    LabelClaim,
    LabelRow,
    LabelSession,
    RowScores,
)
from anneal.datasets.rows import version_roles, version_rows
from anneal.datasets.selectors import label_rows_open, version_statistics
from anneal.datasets.services.changes import changes_ask
from anneal.tenants.actor import Actor
from anneal.tenants.roles import Role, role_reaches
from anneal.tenants.selectors import member_list
from anneal.tenants.services import audit_write
from workers.contract.changes import RowChange
from workers.contract.columns import is_judged

CLAIM = timedelta(minutes=10)
MAX_ROWS = 20_000
"""Of one session. Larger sets are labelled in several sessions, so that each comes to an end."""


@dataclass(frozen=True)
class SessionPlan:
    """What somebody wants to have labelled, and how."""

    name: str
    instructions: str
    order: str
    seed: int
    scores_id: uuid.UUID | None
    split: str | None
    num_rows: int
    new_labels: Sequence[str]
    scale: Mapping[str, float] | None
    labellers: Sequence[uuid.UUID]
    labels_per_row: int
    overlap: float
    shows_present: bool


def label_session_create(*, actor: Actor, dataset: Dataset, plan: SessionPlan) -> LabelSession:
    """Begin a session on the latest version. Raises AnnealError (400, 409)."""
    version = dataset.latest_version
    if version is None:
        raise AnnealError("labelling.no_version", status=409)
    form = form_of(version)
    _members_check(plan.labellers)
    labels = list(dict.fromkeys([*(entry["label"] for entry in version.labels), *plan.new_labels]))
    if is_judged(version.task, version.mapping):
        if plan.new_labels:
            raise AnnealError("labelling.labels_fixed", param="new_labels", params={"known": ", ".join(VERDICTS)})
        labels = list(VERDICTS)
    if form in {"label", "labels", "spans"} and not labels:
        raise AnnealError("labelling.no_labels", param="new_labels")
    scored_by = _scores(version, plan)
    chosen = rows_choose(
        version, order=plan.order, seed=plan.seed, split=plan.split, limit=plan.num_rows, scored_by=scored_by
    )
    session = LabelSession.objects.create(
        dataset_id=dataset.id,
        version_id=version.id,
        name=plan.name,
        instructions=plan.instructions,
        order=plan.order,
        scored_by=scored_by,
        seed=plan.seed,
        labels=labels if form in {"label", "labels", "spans"} else [],
        scale=_scale(version, plan.scale) if form == "score" else None,
        labellers=[str(user_id) for user_id in plan.labellers],
        labels_per_row=plan.labels_per_row,
        overlap=plan.overlap,
        shows_present=plan.shows_present,
        num_rows=len(chosen),
        created_by_id=actor.user_id,
    )
    rows = [
        LabelRow(
            session_id=session.id,
            row_id=row.row_id,
            position=position,
            wanted=plan.labels_per_row if _is_shared(position, plan.overlap) else 1,
            score=row.score,
            num_tokens=row.num_tokens,
        )
        for position, row in enumerate(chosen)
    ]
    LabelRow.objects.bulk_create(rows, batch_size=2000)
    audit_write(actor=actor, action="label_session.created", target=str(session.id), rows=len(rows), order=plan.order)
    return session


def _scores(version: DatasetVersion, plan: SessionPlan) -> RowScores | None:
    """What a model said about the rows of the version. Raises AnnealError (400) for another order, and for scores of other rows."""
    if plan.scores_id is None:
        return None
    if plan.order != "uncertainty":
        raise AnnealError("labelling.scores_unused", param="scores_id")
    found = RowScores.objects.filter(id=plan.scores_id, version_id=version.id).first()
    if found is None:
        raise AnnealError("labelling.no_scores", param="scores_id", params={"number": version.number})
    return found


def row_scores_write(
    *, version_id: uuid.UUID, source_id: uuid.UUID, source_name: str, measure: str, scores: Mapping[int, float]
) -> RowScores:
    """Keep how unsure a model is of rows, for the order of a session."""
    return RowScores.objects.create(
        version_id=version_id,
        source_id=source_id,
        source_name=source_name[:300],
        measure=measure,
        scores=[[row, score] for row, score in scores.items()],
    )


def _is_shared(position: int, overlap: float) -> bool:
    """Whether a row is among those that several people label: they are spread evenly, so that agreement is known from the start."""
    return int((position + 1) * overlap + 1e-9) > int(position * overlap + 1e-9)


def _members_check(labellers: Sequence[uuid.UUID]) -> None:
    writers = {member.user_id for member in member_list() if role_reaches(Role(member.role), Role.MEMBER)}
    for position, user_id in enumerate(labellers):
        if user_id not in writers:
            raise AnnealError("labelling.no_member", param=f"labellers[{position}]", params={"user_id": str(user_id)})


def _scale(version: DatasetVersion, given: Mapping[str, float] | None) -> dict[str, float]:
    """As given, and otherwise from the smallest to the largest number of the version."""
    if given is None:
        known = version_statistics(version).get("score", {})
        given = {"min": known.get("min") or 0.0, "max": known.get("max") or 0.0}
        if given["min"] == given["max"]:
            given = {"min": given["min"], "max": given["min"] + 1}
    if not given["min"] < given["max"]:
        raise AnnealError("labelling.bad_scale", param="scale")
    return dict(given)


def label_session_update(*, actor: Actor, session: LabelSession, values: Mapping[str, Any]) -> None:
    """Rename a session, say something else about it, close it or open it again. Raises AnnealError (403, 400, 409)."""
    session_owner_check(actor, session)
    if not values:
        raise AnnealError("labelling.nothing_given", param="name")
    changed = dict(values)
    if "labellers" in changed:
        _members_check(changed["labellers"])
        changed["labellers"] = [str(user_id) for user_id in changed["labellers"]]
    if "state" in changed:
        _unfinished(session)
        changed["closed_at"] = Now() if changed["state"] == "closed" else None
    LabelSession.objects.filter(id=session.id).update(**changed)
    audit_write(actor=actor, action="label_session.changed", target=str(session.id), fields=sorted(values))


def session_owner_check(actor: Actor, session: LabelSession) -> None:
    """Raise AnnealError (403) unless the session is the actor's, or the actor an admin."""
    is_creator = actor.user_id is not None and actor.user_id == session.created_by_id
    if not is_creator and (actor.role is None or not role_reaches(actor.role, Role.ADMIN)):
        raise AnnealError("labelling.not_yours", status=403)


def labeller_check(session: LabelSession, user_id: uuid.UUID) -> None:
    """Raise AnnealError (403) unless the person may label in this session."""
    if session.labellers and str(user_id) not in session.labellers:
        owner = session.created_by.shown_email if session.created_by else "-"
        raise AnnealError("labelling.not_invited", status=403, params={"owner": owner})


def _unfinished(session: LabelSession) -> None:
    if session.change is not None and session.change.state != "failed":
        raise AnnealError("labelling.finished", status=409)


# --- handing out and answering


@dataclass(frozen=True)
class Handed:
    """Rows that are somebody's for a while, in their order, and how many are left for that person with these among them."""

    rows: list[LabelRow]
    num_left: int
    seconds: int


def rows_hand_out(*, session: LabelSession, user_id: uuid.UUID, count: int) -> Handed:
    """Rows that this person has said nothing about and that want more labels than were given or claimed by others. Asking again gives the
    same rows with a new expiry. Raises AnnealError (403, 409).
    """
    labeller_check(session, user_id)
    locked = LabelSession.objects.select_for_update().get(id=session.id)
    if locked.state == "closed":
        raise AnnealError("labelling.closed", status=409)
    mine = label_rows_open(session.id, user_id)
    rows = list(mine.order_by("position")[:count])
    LabelClaim.objects.filter(session_id=session.id, expires_at__lte=Now()).delete()
    LabelClaim.objects.bulk_create(
        [
            LabelClaim(session_id=session.id, row_id=row.row_id, user_id=user_id, expires_at=Now() + CLAIM)
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["tenant", "session", "row_id", "user"],
        update_fields=["expires_at"],
    )
    return Handed(rows, mine.count(), int(CLAIM.total_seconds()))


def question_of(session: LabelSession, row: LabelRow, user_id: uuid.UUID | None) -> Question:
    """What this person can answer about a row."""
    form = form_of(session.version)
    if form in AGAINST_ROWS:
        return Question(form, cells=row_cells(session, row.row_id, user_id))
    if session.scale is not None:
        return Question(form, low=session.scale["min"], high=session.scale["max"])
    return Question(form, labels=tuple(session.labels), num_tokens=row.num_tokens or 0)


def annotation_put(
    *, session: LabelSession, row_id: int, user_id: uuid.UUID, value: Mapping[str, Any] | None, seconds: float
) -> Annotation:
    """Note what a person says about a row; `value` None: nothing, the row is skipped. Said again, the last word counts.

    Every answer is taken while the session is open, also one that comes after the claim has ended: work is never thrown away. Raises
    AnnealError (400 for what cannot be said, 403, 404, 409).
    """
    labeller_check(session, user_id)
    row = _row(session, row_id)
    _open(session)
    checked = None if value is None else question_of(session, row, user_id).checked(value)
    Annotation.objects.bulk_create(
        [
            Annotation(
                session_id=session.id,
                row_id=row_id,
                user_id=user_id,
                value=checked,
                is_skipped=checked is None,
                seconds=seconds,
                updated_at=Now(),
            )
        ],
        update_conflicts=True,
        unique_fields=["tenant", "session", "row_id", "user"],
        update_fields=["value", "is_skipped", "seconds", "updated_at"],
    )
    LabelClaim.objects.filter(session_id=session.id, row_id=row_id, user_id=user_id).delete()
    return Annotation.objects.get(session_id=session.id, row_id=row_id, user_id=user_id)


def annotation_delete(*, session: LabelSession, row_id: int, user_id: uuid.UUID) -> None:
    """Take back what a person said about a row. The row is theirs again for a while. Raises AnnealError (403, 404, 409)."""
    labeller_check(session, user_id)
    _row(session, row_id)
    _open(session)
    deleted, _ = Annotation.objects.filter(session_id=session.id, row_id=row_id, user_id=user_id).delete()
    if not deleted:
        raise not_found("annotation")
    LabelClaim.objects.create(session_id=session.id, row_id=row_id, user_id=user_id, expires_at=Now() + CLAIM)


def decision_put(*, actor: Actor, session: LabelSession, row_id: int, value: Mapping[str, Any]) -> LabelRow:
    """Decide what a row is to become, whatever was said about it. Raises AnnealError (400, 403, 404, 409)."""
    session_owner_check(actor, session)
    row = _row(session, row_id)
    _unfinished(session)
    row.decision = question_of(session, row, actor.user_id).checked(value)
    LabelRow.objects.filter(id=row.id).update(decision=row.decision, decided_by_id=actor.user_id, decided_at=Now())
    return row


def _row(session: LabelSession, row_id: int) -> LabelRow:
    row = LabelRow.objects.filter(session_id=session.id, row_id=row_id).first()
    if row is None:
        raise not_found("label_row")
    return row


def _open(session: LabelSession) -> None:
    """An answer that comes in the same instant in which the session is closed may be kept, and not be in the version."""
    if session.state == "closed":
        raise AnnealError("labelling.closed", status=409)


# --- the end


def label_session_finish(*, actor: Actor, session: LabelSession, resolve: Resolve) -> DatasetChange:
    """Close a session and have its answers made into a version. Raises AnnealError (403, 409).

    The change is made of the latest version. Rows that are gone there, or that say something else than what people were shown, are left
    as they are and counted, and so are rows on which nobody has a majority.
    """
    session_owner_check(actor, session)
    LabelSession.objects.select_for_update().get(id=session.id)
    _unfinished(session)
    answers = _resolved(session, resolve)
    latest = DatasetVersion.objects.filter(dataset_id=session.dataset_id).order_by("-number").first()
    assert latest is not None, "the session's own version is there"  # noqa: S101 - versions are never deleted
    settled = {row: value for row, value in answers.items() if value is not None}
    changes, num_left_out = _changes(session, latest, settled)
    if not changes:
        raise AnnealError("labelling.nothing_to_change", status=409)
    params = {
        "label_session_id": str(session.id),
        "resolve": resolve,
        "num_tied": len(answers) - len(settled),
        "num_left_out": num_left_out,
    }
    change = changes_ask(actor=actor, base=latest, kind="relabel", changes=changes, params=params)
    LabelSession.objects.filter(id=session.id).update(state="closed", closed_at=Now(), change_id=change.id)
    audit_write(actor=actor, action="label_session.finished", target=str(session.id), resolve=resolve)
    return change


def _resolved(session: LabelSession, resolve: Resolve) -> dict[int, dict[str, Any] | None]:
    """What each row is to become: what was decided, and of other rows what the rule says; None where that has no answer."""
    form = form_of(session.version)
    given: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row_id, value in (
        Annotation.objects.filter(session_id=session.id).order_by("updated_at", "id").values_list("row_id", "value")
    ):
        if value is not None:
            given[row_id].append(value)
    decided = dict(
        LabelRow.objects.filter(session_id=session.id, decision__isnull=False).values_list("row_id", "decision")
    )
    if not given and not decided:
        raise AnnealError("labelling.no_answers", status=409)
    ruled: dict[int, dict[str, Any] | None]
    if resolve == "majority":
        ruled = {row: majority(form, values) for row, values in given.items()}
    else:
        ruled = {row: values[-1] for row, values in given.items()}
    if resolve == "adjudicated":
        undecided = [row for row, values in given.items() if row not in decided and is_disputed(form, values)]
        if undecided:
            raise AnnealError("labelling.undecided", status=409, params={"count": len(undecided)})
    return {**ruled, **decided}


def _changes(
    session: LabelSession, latest: DatasetVersion, settled: Mapping[int, dict[str, Any]]
) -> tuple[list[RowChange], int]:
    """Changes of the rows that still are what was shown, and how many are not."""
    form = form_of(session.version)
    shown = [role for role in version_roles(session.version) if role not in ANSWERED[form]]
    if form == "preferred":
        shown += ANSWERED[form]
    now = _cells(latest, settled)
    then = now if latest.id == session.version_id else _cells(session.version, settled)
    changes, num_left_out = [], 0
    for row, value in sorted(settled.items()):
        if row not in now or any(now[row].get(role) != then[row].get(role) for role in shown):
            num_left_out += 1
            continue
        if drops(form, value):
            changes.append(RowChange(id=row, action="drop"))
            continue
        cells = cells_of(form, value, now[row], chosen=chosen_side(session.id, row))
        if cells:
            changes.append(RowChange(id=row, action="set", cells=cells))
    return changes, num_left_out


def _cells(version: DatasetVersion, rows: Mapping[int, Any]) -> dict[int, dict[str, Any]]:
    if not rows:
        return {}
    window = version_rows(version, Selection(ids=frozenset(rows)), order="id", offset=0, limit=len(rows))
    return {row["id"]: row["cells"] for row in window.data}
