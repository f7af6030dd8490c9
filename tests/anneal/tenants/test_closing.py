"""An organisation that an owner deletes: looked at for some days, brought back or gone with all that was its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from anneal.accounts.models import User
from anneal.common.models import StoreWork, TenantOwned
from anneal.common.restoring import RESTORABLE_FOR
from anneal.common.storage import store
from anneal.common.tenancy import service_scope
from anneal.jobs.models import Job
from anneal.jobs.services.keeping import deleted_tenants_rest, keeping_sweep
from anneal.tenants.models import AuditEntry, Notification, Tenant
from anneal.tenants.roles import Role
from anneal.tenants.services import closing
from anneal.tenants.services.closing import tenant_purge
from tests.support.people import Person
from tests.support.removals import removals_done
from tests.support.world import world_build

pytestmark = pytest.mark.django_db


def name_of(person: Person) -> str:
    return str(person.api.get("/tenant").json()["name"])


def deleted(person: Person) -> dict[str, str]:
    answer = person.api.post("/tenant/delete", {"name": name_of(person)})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def aged(person: Person, ago: timedelta) -> None:
    with service_scope():
        Tenant.objects.filter(id=person.tenant_id).update(deleted_at=timezone.now() - ago)


def test_only_an_owner_who_types_its_name_deletes_an_organisation(owner, member, viewer):
    name = name_of(owner)
    for person in (member, viewer):
        assert person.api.post("/tenant/delete", {"name": name}).status_code == 403
    assert owner.key(Role.ADMIN).post("/tenant/delete", {"name": name}).status_code == 403
    other = owner.api.post("/tenant/delete", {"name": "another"})
    assert (other.status_code, other.json()["error"]["param"]) == (400, "name")
    assert name_of(owner) == name
    assert owner.api.get("/tenant").json()["restorable_until"] is None
    assert deleted(owner)["restorable_until"] is not None
    assert member.api.get("/session").json()["tenants"][0]["restorable_until"] is not None


def test_a_deleted_organisation_is_looked_at_and_nothing_else(owner, member, stranger):
    key, world = owner.key(Role.ADMIN), world_build(owner)
    invited = owner.api.post("/invitations", {"email": stranger.user.email, "role": "viewer"}).json()
    deleted(owner)
    assert key.get("/datasets").status_code == 401
    assert member.api.get("/datasets").status_code == 200
    for answer in (
        owner.api.patch("/tenant", {"name": "Renamed"}),
        member.api.delete(f"/datasets/{world.ids['dataset_id']}"),
        member.api.post("/datasets/sample"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "tenant.is_deleted")
    token = invited["accept_url"].rsplit("/", 1)[1]
    assert stranger.api.post("/invitations/accept", {"token": token}).json()["error"]["code"] == "invitation.invalid"
    taken_out = member.api.post(f"/artifacts/{world.ids['artifact_id']}/download-link")
    assert taken_out.status_code == 200, "members take out what is theirs"
    assert stranger.api.post("/datasets/sample").status_code == 201, "nobody else is concerned"


def test_members_are_told_and_an_owner_brings_it_back(owner, member):
    key, world = owner.key(), world_build(owner)
    deleted(owner)
    assert [one["kind"] for one in member.api.get("/notifications").json()["data"]] == ["organisation_deleted"]
    with service_scope():
        assert deleted_tenants_rest() == 2
        assert set(Job.objects.values_list("state", flat=True)) == {"paused"}
        assert deleted_tenants_rest() == 0
    assert member.api.post("/tenant/restore").status_code == 403
    aged(owner, RESTORABLE_FOR - timedelta(minutes=1))
    back = owner.api.post("/tenant/restore")
    assert (back.status_code, back.json()["restorable_until"]) == (200, None)
    assert key.get("/datasets").status_code == 200
    assert owner.api.post(f"/jobs/{world.ids['job_id']}/resume").status_code == 200
    told = member.api.get("/notifications").json()["data"]
    assert [one["kind"] for one in told] == ["organisation_deleted", "organisation_deleted"]
    with owner.scope():
        actions = list(AuditEntry.objects.filter(action__startswith="tenant.").values_list("action", flat=True))
    assert {"tenant.deleted", "tenant.restored"} <= set(actions)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "_AT_ONCE", 1)


def purged() -> int:
    """All that is due, as the dispatcher and the background worker do it."""
    with service_scope():
        keeping_sweep()
        asked = list(StoreWork.objects.filter(kind="purge").values_list("id", flat=True))
    for work_id in asked:
        tenant_purge(work_id)
    removals_done()
    return len(asked)


def rows_of(person: Person) -> dict[str, int]:
    """How many rows of the organisation each table has."""
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, TenantOwned)]
    found = {}
    with service_scope(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", [person.tenant_id])  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return {table: count for table, count in found.items() if count}


def test_everything_of_it_goes_and_nothing_of_others(owner, stranger, tmp_path: Path, small_pieces):
    world_build(owner)
    world_build(stranger)
    (tmp_path / "file").write_bytes(b"x")
    for person in (owner, stranger):
        store().put_file(f"{person.tenant_id}/anywhere/x", tmp_path / "file")
    deleted(owner)
    before = rows_of(stranger)
    aged(owner, RESTORABLE_FOR - timedelta(minutes=1))
    assert purged() == 0
    aged(owner, RESTORABLE_FOR)
    assert owner.api.get("/session").json()["tenants"] == []
    assert owner.api.post("/tenant/restore").status_code == 404
    with service_scope(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert purged() == 1
    with service_scope(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert not Tenant.objects.filter(id=owner.tenant_id).exists()
        assert not StoreWork.objects.filter(prefix__startswith=str(owner.tenant_id)).exists()
    assert rows_of(owner) == {}
    assert rows_of(stranger) == before
    assert list(store().list_keys(str(owner.tenant_id))) == []
    assert list(store().list_keys(f"{stranger.tenant_id}/anywhere"))
    assert User.objects.filter(id=owner.user.id).exists(), "people are not their organisation's"
    assert stranger.api.get("/datasets").status_code == 200


def test_an_organisation_whose_job_a_worker_still_has_waits(owner):
    world = world_build(owner)
    deleted(owner)
    aged(owner, RESTORABLE_FOR)
    with service_scope():
        Job.objects.filter(id=world.ids["job_id"]).update(
            state="starting", attempt=1, worker_id=world.ids["job_id"], lease_until=timezone.now()
        )
    assert purged() == 0
    with service_scope():
        Job.objects.filter(id=world.ids["job_id"]).update(state="queued", worker_id=None, lease_until=None)
    assert purged() == 1


def test_the_audit_log_of_a_living_organisation_is_not_deleted(owner):
    with service_scope(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_auditentry")
        assert cursor.rowcount == 0
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), owner.scope():
        AuditEntry.objects.all().delete()
    with service_scope():
        assert AuditEntry.objects.filter(tenant=owner.tenant_id).exists()
        assert Notification.objects.filter(tenant=owner.tenant_id).count() == 0
