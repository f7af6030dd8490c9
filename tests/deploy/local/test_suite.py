"""The suites end with an exit code and a summary that say the same."""

import sys

from deploy.local import suite


def _step(name, script):
    return suite.Step(name, (sys.executable, "-c", script))


def test_every_step_runs_when_one_fails(tmp_path):
    mark = tmp_path / "mark"
    outcomes = suite.run([_step("first", "raise SystemExit(3)"), _step("second", f"open({str(mark)!r}, 'w').close()")])

    assert [outcome.code for outcome in outcomes] == [3, 0]
    assert mark.exists()
    assert "FAILED: first" in suite.summary(outcomes)


def test_summary_says_so_when_all_passed():
    outcomes = suite.run([_step("first", "")])

    assert suite.summary(outcomes).endswith("All passed.")


def test_whole_suite_holds_what_the_fast_one_leaves_out():
    fast = next(step for step in suite.steps_of_check([]) if "fast" in step.name)
    whole = suite.steps_of_test([])[0]

    assert "not slow and not browser" in fast.command
    assert "-m" not in whole.command[3:]
