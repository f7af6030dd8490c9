"""Whoever says what they read does not write over what somebody else has written since."""

from __future__ import annotations

import pytest

from tests.support.world import World, world_build

pytestmark = pytest.mark.django_db
_PLACES = [("/datasets/{dataset_id}", "name"), ("/models/{model_id}", "name"), ("/tenant", "name")]
_OF_JOBS = [("/jobs/{job_id}", "name"), ("/jobs/{job_id}", "notes")]


@pytest.fixture
def world(owner) -> World:
    return world_build(owner)


@pytest.mark.parametrize(("path", "field"), [*_PLACES, *_OF_JOBS])
def test_value_that_was_changed_since_is_not_written_over(owner, world, path, field):
    path = path.format(**world.ids)
    read = owner.api.get(path).json()[field]
    theirs, mine = {field: "Theirs", f"base_{field}": read}, {field: "Mine", f"base_{field}": read}
    assert owner.api.patch(path, theirs).status_code == 200
    refused = owner.api.patch(path, mine)
    assert (refused.status_code, refused.json()["error"]["code"]) == (412, "request.changed_since")
    assert refused.json()["error"]["param"] == field
    assert owner.api.get(path).json()[field] == "Theirs"
    assert owner.api.patch(path, theirs).status_code == 200, "the same request twice is no conflict"
    assert owner.api.patch(path, mine | {f"base_{field}": "Theirs"}).json()[field] == "Mine"
    assert owner.api.patch(path, {field: "Whoever comes last"}).status_code == 200


def test_refused_change_changes_nothing_else(owner, world):
    path = f"/jobs/{world.ids['job_id']}"
    refused = owner.api.patch(path, {"name": "Mine", "base_name": "never its name", "tags": ["new"], "notes": "new"})
    assert refused.status_code == 412
    job = owner.api.get(path).json()
    assert (job["tags"], job["notes"]) != (["new"], "new")
    assert "new" not in job["tags"]
