"""Tenants, members, invitations and API keys over HTTP, as owner, member, viewer and stranger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from anneal.common.models import IdempotencyRecord
from anneal.common.tenancy import tenant_scope
from anneal.tenants.models import AuditEntry, Invitation, Membership
from anneal.tenants.roles import Role
from tests.support.people import Api, person_join

pytestmark = pytest.mark.django_db


def test_session_is_empty_when_nobody_is_signed_in():
    body = Api().get("/session").json()
    assert body["user"] is None
    assert body["tenants"] == []
    assert len(body["csrf_token"]) >= 32


def test_session_names_the_currency_of_prices(settings):
    assert Api().get("/session").json()["price_currency"] == "USD"
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"price_currency": "CNY"})
    assert Api().get("/session").json()["price_currency"] == "CNY"


def test_session_names_the_person_and_their_tenants(owner):
    body = owner.api.get("/session").json()
    assert body["user"]["email"] == owner.user.email
    assert [(tenant["id"], tenant["role"]) for tenant in body["tenants"]] == [(str(owner.tenant_id), "owner")]


def test_founding_makes_the_person_owner_of_a_tenant_that_others_cannot_see(owner, stranger):
    made = owner.api.post("/tenants", {"name": "Second <b>name</b> 第二"})
    assert made.status_code == 201, made.content
    assert made.json()["role"] == "owner"
    listed = {tenant["id"] for tenant in stranger.api.get("/tenants").json()["data"]}
    assert listed == {str(stranger.tenant_id)}


def test_tenant_must_be_named_when_there_are_several(owner):
    owner.api.post("/tenants", {"name": "Second"})
    unnamed = Api(user=owner.user)
    answer = unnamed.get("/members")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "auth.no_tenant"


def test_foreign_and_missing_tenants_answer_alike(owner, stranger):
    foreign = Api(user=owner.user, tenant_id=stranger.tenant_id).get("/members")
    missing = Api(user=owner.user)
    missing.headers["X-Tenant"] = "01890000-0000-7000-8000-000000000000"
    assert foreign.status_code == missing.get("/members").status_code == 404
    assert foreign.json()["error"]["code"] == missing.get("/members").json()["error"]["code"] == "tenant.not_found"


def test_members_are_listed_for_viewers_and_changed_by_admins_only(owner, viewer, member):
    listed = viewer.api.get("/members").json()["data"]
    assert {row["user"]["email"] for row in listed} == {owner.user.email, viewer.user.email, member.user.email}
    target = next(row["id"] for row in listed if row["user"]["email"] == member.user.email)
    assert viewer.api.patch(f"/members/{target}", {"role": "admin"}).status_code == 403
    assert member.api.patch(f"/members/{target}", {"role": "admin"}).status_code == 403
    assert owner.api.patch(f"/members/{target}", {"role": "admin"}).json()["role"] == "admin"


def test_last_owner_stays(owner):
    own = owner.api.get("/members").json()["data"][0]["id"]
    for answer in (owner.api.delete(f"/members/{own}"), owner.api.patch(f"/members/{own}", {"role": "viewer"})):
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "tenant.last_owner"
    with owner.scope():
        assert Membership.objects.get().role == "owner"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BILLING, Role.MEMBER, Role.ADMIN])
def test_anybody_leaves_by_themselves_and_their_keys_with_them(owner, role):
    person = person_join(owner.tenant_id, role)
    key = person.key(Role.VIEWER)
    refused = key.delete("/membership")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "auth.browser_only")
    assert person.api.delete("/membership").status_code == 204
    assert person.api.delete("/membership").status_code == 404
    assert key.get("/tenant").status_code == 401
    assert [row["user"]["id"] for row in owner.api.get("/members").json()["data"]] == [str(owner.user.id)]
    noted = owner.api.get("/audit-log?action=member.left").json()["data"]
    assert [entry["person"]["id"] for entry in noted] == [str(person.user.id)]


def test_an_owner_leaves_while_there_is_another(owner):
    refused = owner.api.delete("/membership")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "tenant.last_owner")
    heir = person_join(owner.tenant_id, Role.OWNER)
    assert owner.api.delete("/membership").status_code == 204
    assert heir.api.delete("/membership").status_code == 409


def test_who_belongs_to_several_says_which_they_leave(owner):
    owner.api.post("/tenants", {"name": "Second"})
    answer = Api(user=owner.user).delete("/membership")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "auth.no_tenant")


def test_admin_cannot_make_or_unmake_owners(owner):
    admin = person_join(owner.tenant_id, Role.ADMIN)
    rows = {row["user"]["email"]: row["id"] for row in admin.api.get("/members").json()["data"]}
    assert admin.api.patch(f"/members/{rows[admin.user.email]}", {"role": "owner"}).status_code == 403
    assert admin.api.delete(f"/members/{rows[owner.user.email]}").status_code == 403
    assert admin.api.post("/invitations", {"email": "x@example.com", "role": "owner"}).status_code == 403


def test_foreign_member_answers_as_a_missing_one(owner, stranger):
    foreign = stranger.api.get("/members").json()["data"][0]["id"]
    answer = owner.api.delete(f"/members/{foreign}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "member.not_found")
    with stranger.scope():
        assert Membership.objects.count() == 1


def test_invitation_works_once_for_the_invited_address_only(owner, stranger):
    invited = owner.api.post("/invitations", {"email": stranger.user.email.upper(), "role": "member"})
    assert invited.status_code == 201, invited.content
    token = invited.json()["accept_url"].rsplit("/", 1)[1]
    other = person_join(owner.tenant_id, Role.VIEWER)
    refused = other.api.post("/invitations/accept", {"token": token})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "invitation.other_address")
    assert stranger.user.email in refused.json()["error"]["message"]
    accepted = stranger.api.post("/invitations/accept", {"token": token})
    assert accepted.status_code == 200, accepted.content
    assert accepted.json()["id"] == str(owner.tenant_id)
    assert accepted.json()["role"] == "member"
    assert stranger.api.post("/invitations/accept", {"token": token}).status_code == 404
    assert owner.api.get("/invitations").json()["data"] == []


def test_who_holds_an_invitation_learns_who_invites_whom_to_what_and_no_more(owner):
    made = owner.api.post("/invitations", {"email": "new@example.com", "role": "admin"}).json()
    token = {"token": made["accept_url"].rsplit("/", 1)[1]}
    organisation = owner.api.get("/tenant").json()["name"]
    told = {"organisation": organisation, "inviter": owner.user.name, "email": "new@example.com"}
    assert Api().post("/invitations/look", token).json() == told
    assert Api(key="ann_live_nonsense").post("/invitations/look", token).json() == told, "whoever asks"
    with owner.scope():
        Invitation.objects.update(invited_by=None)
    assert Api().post("/invitations/look", token).json()["inviter"] is None


def test_an_invitation_that_is_too_old_is_told_from_one_that_is_gone(owner, stranger):
    made = [owner.api.post("/invitations", {"email": stranger.user.email, "role": "viewer"}).json() for _ in range(2)]
    replaced, token = ({"token": one["accept_url"].rsplit("/", 1)[1]} for one in made)
    with owner.scope():
        Invitation.objects.update(expires_at=timezone.now())
    for path, api in (("look", Api()), ("accept", stranger.api)):
        for which, code in ((token, "expired"), (replaced, "invalid"), ({"token": "nonsense"}, "invalid")):
            answer = api.post(f"/invitations/{path}", which)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, f"invitation.{code}")
    assert owner.api.delete(f"/invitations/{made[1]['id']}").status_code == 204
    assert Api().post("/invitations/look", token).json()["error"]["code"] == "invitation.invalid"


def test_invitations_are_not_tried_through(settings):
    settings.ACCOUNT_RATE_LIMITS = {"invitation_look": "2/m/ip"}
    answers = [Api().post("/invitations/look", {"token": "nonsense"}).status_code for _ in range(3)]
    assert answers == [404, 404, 429]


def test_api_key_acts_for_its_tenant_with_its_role(owner):
    made = owner.api.post("/api-keys", {"name": "CI", "role": "viewer"})
    assert made.status_code == 201, made.content
    key = Api(key=made.json()["secret"])
    assert key.get("/tenant").json()["id"] == str(owner.tenant_id)
    assert key.patch("/tenant", {"name": "taken over"}).status_code == 403
    listed = owner.api.get("/api-keys").json()["data"][0]
    assert "secret" not in listed
    assert listed["last4"] == made.json()["secret"][-4:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda key: key[:-1] + "x",
        lambda key: key + "0",
        lambda key: "ann_live_",
        lambda key: key.replace("ann_", "bnn_"),
    ],
)
def test_damaged_key_is_refused(owner, damage):
    secret = owner.api.post("/api-keys", {"name": "CI", "role": "viewer"}).json()["secret"]
    answer = Api(key=damage(secret)).get("/tenant")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "auth.invalid_key")


def test_a_repeated_request_for_a_key_makes_one_and_does_not_keep_its_secret(owner):
    first = owner.api.post("/api-keys", {"name": "CI", "role": "viewer"}, Idempotency_Key="once").json()
    again = owner.api.post("/api-keys", {"name": "CI", "role": "viewer"}, Idempotency_Key="once")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == {**first, "secret": None}
    assert [key["id"] for key in owner.api.get("/api-keys").json()["data"]] == [first["id"]]
    with owner.scope():
        assert first["secret"] not in str(IdempotencyRecord.objects.get(key="once").body)


def test_revoked_and_expired_keys_stop_working(owner):
    made = owner.api.post(
        "/api-keys", {"name": "short", "role": "viewer", "expires_at": (timezone.now() + timedelta(days=1)).isoformat()}
    ).json()
    key = Api(key=made["secret"])
    assert key.get("/tenant").status_code == 200
    assert owner.api.delete(f"/api-keys/{made['id']}").status_code == 204
    assert key.get("/tenant").status_code == 401
    late = owner.api.post("/api-keys", {"name": "late", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["error"]["code"]) == (400, "api_key.expired_already")


def test_a_key_does_no_more_than_its_maker_may_do_by_now(owner):
    admin = person_join(owner.tenant_id, Role.ADMIN)
    made = admin.api.post("/api-keys", {"name": "CI", "role": "admin"}).json()
    key = Api(key=made["secret"])
    assert key.get("/invitations").status_code == 200
    refused = key.post("/api-keys", {"name": "another", "role": "viewer"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "auth.browser_only")
    (member,) = [row for row in owner.api.get("/members").json()["data"] if row["user"]["id"] == str(admin.user.id)]
    assert owner.api.patch(f"/members/{member['id']}", {"role": "viewer"}).status_code == 200
    assert [key.get("/tenant").status_code, key.get("/invitations").status_code] == [200, 403]
    assert owner.api.delete(f"/members/{member['id']}").status_code == 204
    assert key.get("/tenant").status_code == 401
    assert [row["revoked_at"] is None for row in owner.api.get("/api-keys").json()["data"]] == [False]


def test_key_cannot_be_stronger_than_its_maker_nor_manage_people(owner):
    admin_key = owner.key(Role.ADMIN)
    assert admin_key.get("/tenants").status_code == 403
    assert admin_key.post("/tenants", {"name": "x"}).status_code == 403


def test_unknown_field_is_refused_by_name(owner):
    answer = owner.api.patch("/tenant", {"name": "fine", "tenant_id": "mine"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "tenant_id"
    assert owner.api.get("/tenant").json()["name"] != "fine"


def test_unknown_field_is_refused_in_the_language_of_the_request(owner):
    for language, words in (("en", "Unknown field 'tenant_id'."), ("zh-CN", "未知字段 'tenant_id'。")):
        error = owner.api.patch("/tenant", {"tenant_id": "mine"}, Accept_Language=language).json()["error"]
        assert error["details"] == [{"code": "unknown_field", "message": words, "param": "tenant_id", "row": None}]


def test_errors_speak_chinese_when_asked(owner):
    answer = owner.api.get("/members?limit=0", Accept_Language="zh-CN")
    assert answer.json()["error"]["message"] == "limit 必须是 1 到 100 的整数。"


def test_write_without_csrf_token_is_refused(owner):
    strict = Api(user=owner.user, tenant_id=owner.tenant_id)
    strict.client.handler.enforce_csrf_checks = True
    answer = strict.patch("/tenant", {"name": "forged"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "auth.csrf")


def test_acts_are_in_the_audit_log(owner):
    owner.api.patch("/tenant", {"name": "Renamed"})
    with tenant_scope(owner.tenant_id):
        assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
            "tenant.created",
            "tenant.renamed",
        ]
