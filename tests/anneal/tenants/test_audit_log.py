"""The audit log over HTTP: who may read it, what it says, in which language, and at what cost."""

from __future__ import annotations

import ast
import csv
import io
import uuid
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anneal.tenants.actor import Actor
from anneal.tenants.audit_actions import AUDIT_ACTIONS
from anneal.tenants.roles import Role
from anneal.tenants.services import audit_write
from tests.support.people import person_join
from tests.support.world import world_build

pytestmark = pytest.mark.django_db
_PLATFORM = Path(__file__).parents[3] / "platform"


def _entries(person, query: str = "") -> list[dict]:
    answer = person.api.get(f"/audit-log?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_acts_are_told_newest_first_with_who_and_what(owner):
    owner.api.patch("/tenant", {"name": "Renamed 改名"})
    newest, founded = _entries(owner)
    assert (newest["action"], newest["words"]) == ("tenant.renamed", "Renamed the organisation")
    assert newest["person"]["email"] == owner.user.email
    assert newest["target_name"] == "Renamed 改名"
    assert newest["api_key"] is None
    assert founded["action"] == "tenant.created"


def test_an_act_with_a_key_names_the_key(owner):
    owner.key(Role.ADMIN).patch("/tenant", {"name": "By a program"})
    assert _entries(owner)[0]["api_key"] == "test"


def test_words_come_in_the_language_of_the_request(owner):
    answer = owner.api.get("/audit-log", Accept_Language="zh-CN")
    assert answer.json()["data"][0]["words"] == "创建了组织"
    actions = owner.api.get("/audit-log/actions", Accept_Language="zh-CN").json()["data"]
    assert [one["action"] for one in actions] == list(AUDIT_ACTIONS)
    assert {"action": "job.launched", "words": "启动了任务"} in actions


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.BILLING])
@pytest.mark.parametrize("path", ["/audit-log", "/audit-log.csv", "/audit-log/actions"])
def test_only_admins_and_owners_may_read_it(owner, role, path):
    assert person_join(owner.tenant_id, role).api.get(path).status_code == 403
    assert person_join(owner.tenant_id, Role.ADMIN).api.get(path).status_code == 200


def test_it_is_filtered_by_person_action_and_time(owner):
    admin = person_join(owner.tenant_id, Role.ADMIN)
    admin.api.patch("/tenant", {"name": "Another"})
    assert [one["action"] for one in _entries(owner, f"person={admin.user.id}")] == ["tenant.renamed"]
    assert [one["action"] for one in _entries(owner, "action=tenant.created")] == ["tenant.created"]
    renamed_at = _entries(owner)[0]["created_at"].replace("+", "%2B")
    assert [one["action"] for one in _entries(owner, f"since={renamed_at}")] == ["tenant.renamed"]
    assert [one["action"] for one in _entries(owner, f"until={renamed_at}")] == ["tenant.created"]
    for wrong in ("person=x", "action=nothing", "since=yesterday", "limit=0", "cursor=x"):
        assert owner.api.get(f"/audit-log?{wrong}").status_code == 400, wrong


def test_pages_follow_each_other_at_the_same_cost(owner):
    def page(query: str) -> tuple[dict, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = owner.api.get(f"/audit-log?{query}").json()
        return answer, len(queries)

    with owner.scope():
        for number in range(5):
            audit_write(
                actor=Actor(owner.user.id, None, owner.tenant_id, Role.OWNER),
                action="job.launched",
                target=str(uuid.UUID(int=number)),
            )
    _, cost_of_one = page("limit=1")
    first, cost = page("limit=4")
    second, _ = page(f"limit=4&cursor={first['next_cursor']}")
    assert cost == cost_of_one
    assert [uuid.UUID(one["target"]).int for one in first["data"]] == [4, 3, 2, 1]
    assert [one["action"] for one in second["data"]] == ["job.launched", "tenant.created"]
    assert second["next_cursor"] is None


def test_what_an_act_was_about_has_a_name_and_a_link_while_it_is_there(owner):
    world = world_build(owner)
    actor = Actor(owner.user.id, None, owner.tenant_id, Role.OWNER)
    acts = {
        "job.cancelled": ("job_id", "/jobs/{job_id}"),
        "checkpoint.link_created": ("checkpoint_id", "/jobs/{job_id}"),
        "dataset.mapped": ("dataset_id", "/datasets/{dataset_id}"),
        "dataset.exported": ("dataset_version_id", "/datasets/{dataset_id}"),
        "finding.dismissed": ("finding_id", "/datasets/{dataset_id}?tab=doctor"),
        "label_session.finished": ("label_session_id", "/labelling/{label_session_id}"),
        "artifact.link_created": ("artifact_id", "/models/{model_id}"),
        "api_key.revoked": ("key_id", "/settings"),
    }
    with owner.scope():
        for action, (name, _) in acts.items():
            audit_write(actor=actor, action=action, target=str(world.ids[name]))
        audit_write(actor=actor, action="member.removed", target=str(owner.user.id))
        audit_write(actor=actor, action="job.paused", target=str(uuid.UUID(int=1)))
    told = {one["action"]: one for one in _entries(owner)}
    for action, (_, page) in acts.items():
        assert told[action]["target_page"] == page.format(**world.ids), action
        assert told[action]["target_name"], action
    assert told["member.removed"]["target_name"] == owner.user.email
    assert (told["job.paused"]["target_name"], told["job.paused"]["target_page"]) == (None, None)
    assert owner.api.delete(f"/models/{world.ids['model_id']}").status_code == 204
    gone = next(one for one in _entries(owner) if one["action"] == "artifact.link_created")
    assert gone["target_name"]
    assert gone["target_page"] is None


def test_the_csv_has_what_the_filter_lets_through_and_no_formulas(owner):
    owner.api.patch("/tenant", {"name": "=1+1"})
    answer = owner.api.get("/audit-log.csv?action=tenant.renamed", Accept_Language="zh-CN")
    (line,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert line["person"] == owner.user.email
    assert line["words"] == "重命名了组织"
    assert line["target_name"] == "'=1+1"
    assert "attachment" in answer["Content-Disposition"]


def test_an_act_without_words_is_refused(owner):
    with owner.scope(), pytest.raises(ValueError, match="audit_actions"):
        audit_write(actor=Actor(owner.user.id, None, owner.tenant_id, Role.OWNER), action="job.sneezed", target="x")


def test_every_act_that_the_platform_writes_has_words():
    written = {
        part.value
        for path in _PLATFORM.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "audit_write"
        for keyword in call.keywords
        if keyword.arg == "action"
        for part in ast.walk(keyword.value)
        if isinstance(part, ast.Constant) and "." in str(part.value).strip(".")
    }
    assert written <= set(AUDIT_ACTIONS), (
        f"words for {sorted(written - set(AUDIT_ACTIONS))} in anneal.tenants.audit_actions"
    )
