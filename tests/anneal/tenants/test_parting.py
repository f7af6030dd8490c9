"""An account that its person deletes: what goes, what stays with the organisations, and when it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from anneal.accounts.models import ApiKey, User
from anneal.accounts.password_links import link_address
from anneal.config import settings as product
from anneal.datasets.models import Annotation
from anneal.jobs.models import SavedView
from anneal.tenants.actor import Actor
from anneal.tenants.models import AuditEntry, Membership
from anneal.tenants.roles import Role
from anneal.tenants.selectors import memberships_of_user
from anneal.tenants.services import invitation_create
from anneal.tenants.services.parting import _own_tables
from tests.support.people import PASSWORD, Api, Person, person_found, person_join

pytestmark = pytest.mark.django_db


def delete(person: Person, password: str = PASSWORD) -> Any:
    return person.api.post("/account/delete", {"password": password})


def sign(what: str, email: str, password: str = PASSWORD) -> tuple[Client, int]:
    client = Client()
    body = {"email": email, "password": password}
    answer = client.post(f"/_allauth/browser/v1/auth/{what}", body, content_type="application/json")
    return client, answer.status_code


def test_nothing_is_kept_of_a_person_who_deletes_their_account(owner):
    gone = person_join(owner.tenant_id, Role.ADMIN)
    email, key, other = gone.user.email, gone.key(), Api(user=gone.user)
    signed_in, _ = sign("login", email)
    Authenticator.objects.create(user=gone.user, type="totp", data={"secret": "x"})
    link = link_address(gone.user).partition("#")[2]
    assert delete(gone).status_code == 204
    row = User.objects.get(id=gone.user.id)
    kept = (row.name, row.language, row.is_active, row.last_login, row.has_usable_password())
    assert kept == ("", "", False, None, False)
    assert not User.objects.filter(email__iexact=email).exists()
    for table in (EmailAddress, Authenticator, UserSession):
        assert not table.objects.filter(user_id=gone.user.id).exists(), table
    assert not Session.objects.filter(session_key=signed_in.session.session_key).exists()
    assert [api.get("/members").status_code for api in (gone.api, other, key)] == [401, 401, 401]
    assert gone.api.get("/session").json()["user"] is None
    assert sign("login", email)[1] == sign("login", row.email)[1] == 400
    assert Api().post("/password-links/use", {"secret": link, "password": "vQ7-kz2+pW9!"}).status_code == 404
    assert memberships_of_user(gone.user.id) == []
    with owner.scope():
        assert not ApiKey.objects.filter(revoked_at=None).exists()
        left = AuditEntry.objects.get(action="member.left")
    assert (left.actor_user_id, left.target) == (gone.user.id, str(gone.user.id))


def test_the_address_of_a_deleted_account_signs_up_anew_as_somebody_else(owner):
    gone = person_join(owner.tenant_id, Role.MEMBER)
    assert delete(gone).status_code == 204
    client, status = sign("signup", gone.user.email)
    assert status == 200
    session = client.get("/api/v1/session").json()
    assert session["user"]["email"] == gone.user.email
    assert session["user"]["id"] != str(gone.user.id)
    assert session["tenants"] == []


def test_what_somebody_made_stays_and_names_a_deleted_account(owner):
    gone = person_join(owner.tenant_id, Role.ADMIN)
    dataset = gone.api.post("/datasets/sample").json()["id"]
    saved = gone.api.post("/job-views", {"name": "Mine", "filters": {"state": "failed"}})
    assert saved.status_code == 201
    with gone.scope():
        actor = Actor(gone.user.id, None, gone.tenant_id, Role.ADMIN)
        _, token = invitation_create(actor=actor, email="somebody@example.com", role=Role.VIEWER)
    assert delete(gone).status_code == 204
    assert owner.api.get(f"/datasets/{dataset}").status_code == 200
    entries = owner.api.get(f"/audit-log?person={gone.user.id}").json()["data"]
    assert {entry["person"]["email"] for entry in entries} == {"a deleted account"}
    assert entries[0]["target_name"] == "a deleted account"
    chinese = owner.api.get("/audit-log", Accept_Language="zh-CN").json()["data"]
    assert chinese[0]["person"]["email"] == "已注销的账号"
    assert b"a deleted account" in owner.api.get("/audit-log.csv").content
    assert Api().post("/invitations/look", {"token": token}).json()["inviter"] is None
    with owner.scope():
        assert not SavedView.objects.exists()
        assert not Membership.objects.filter(user_id=gone.user.id).exists()


def test_rows_of_a_person_alone_go_and_no_labels(owner):
    tables = {table.__name__ for table in _own_tables()}
    assert tables == {"SavedView", "LabelClaim", "HomeVisit", "Dismissal"}
    assert Annotation not in _own_tables()


def test_the_only_owner_is_refused_with_the_name_of_the_organisation_and_nothing_changes(owner, stranger):
    with stranger.scope():
        Membership.objects.create(user=owner.user, role=Role.MEMBER)
    answer = delete(owner)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "account.only_owner")
    assert "only owner of owner & Co." in answer.json()["error"]["message"]
    assert owner.api.get("/members").status_code == 200
    assert len(memberships_of_user(owner.user.id)) == 2
    with owner.scope():
        Membership.objects.create(user=stranger.user, role=Role.OWNER)
    assert delete(owner).status_code == 204
    assert [membership.role for membership in memberships_of_user(stranger.user.id)] == ["owner", "owner"]


def test_an_organisation_that_is_deleted_holds_nobody(owner, member):
    assert owner.api.post("/tenant/delete", {"name": "owner & Co"}).status_code == 200
    assert delete(owner).status_code == 204
    assert member.api.get("/tenant").json()["restorable_until"] is not None


@pytest.mark.parametrize("api", ["key", "nobody"])
def test_only_who_is_signed_in_deletes_an_account(owner, api):
    asking = owner.key() if api == "key" else Api()
    assert asking.post("/account/delete", {"password": PASSWORD}).status_code in {401, 403}
    assert User.objects.get(id=owner.user.id).is_active


def test_a_wrong_password_deletes_nothing_and_is_not_tried_through(settings):
    settings.ACCOUNT_RATE_LIMITS = product.ACCOUNT_RATE_LIMITS
    person = person_found("guesser")
    answers = [delete(person, f"try {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert (answers[0].json()["error"]["code"], answers[0].json()["error"]["param"]) == ("password.wrong", "password")
    assert User.objects.get(id=person.user.id).email == person.user.email
