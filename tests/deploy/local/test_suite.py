"""The suites end with an exit code and a summary that say the same."""

import sys

from deploy.local import suite
from deploy.local.home import REPOSITORY


def _step(name, script):
    return suite.Step(name, (sys.executable, "-c", script))


def test_every_step_runs_when_one_fails(tmp_path):
    mark = tmp_path / "mark"
    outcomes = suite.run([_step("first", "raise SystemExit(3)"), _step("second", f"open({str(mark)!r}, 'w').close()")])

    assert [outcome.code for outcome in outcomes] == [3, 0]
    assert mark.exists()
    assert "FAILED: first" in suite.summary(outcomes)


def test_a_step_beside_the_others_runs_while_they_do_and_is_shown_afterwards(tmp_path, capfd):
    meeting = tmp_path / "meeting"
    # Each waits for the other's file: one after the other, they would wait for ever.
    script = (
        "import pathlib, sys, time\n"
        "mine, theirs = (pathlib.Path(p) for p in sys.argv[1:])\n"
        "mine.touch()\n"
        "ends = time.monotonic() + 30\n"
        "while not theirs.exists() and time.monotonic() < ends: time.sleep(0.01)\n"
        "print('met', mine.name); raise SystemExit(not theirs.exists())"
    )
    names = [str(meeting) + "-front", str(meeting) + "-beside"]
    front = suite.Step("front", (sys.executable, "-c", script, *names))
    beside = suite.Step("beside", (sys.executable, "-c", script, *reversed(names)), lane="beside")
    outcomes = suite.run([beside, front])

    assert [(outcome.step.name, outcome.code) for outcome in outcomes] == [("beside", 0), ("front", 0)]
    told = capfd.readouterr().out
    assert told.index("met meeting-front") < told.index("── beside") < told.index("met meeting-beside")


def test_summary_names_what_failed_beside_the_others():
    script = "print('FAILED tests/one.py::test_one - reason'); print('ERROR tests/two.py'); raise SystemExit(1)"
    outcomes = suite.run([suite.Step("beside", (sys.executable, "-c", script), lane="beside")])

    ending = suite.summary(outcomes).splitlines()[-3:]
    assert ending == ["FAILED tests/one.py::test_one - reason", "ERROR tests/two.py", "FAILED: beside"]


def test_summary_says_so_when_all_passed():
    outcomes = suite.run([_step("first", "")])

    assert suite.summary(outcomes).endswith("All passed.")


def test_whole_suite_holds_what_the_fast_one_leaves_out():
    fast = next(step for step in suite.steps_of_check([]) if "fast" in step.name)
    whole = suite.steps_of_test([])[0]

    assert "not slow and not browser" in fast.command
    assert "-m" not in whole.command[3:]


def _runs(step, file):
    given = [part for part in step.command if part.startswith("tests/")] or ["tests"]
    ignored = [part.removeprefix("--ignore=") for part in step.command if part.startswith("--ignore=")]
    inside = [any(file.is_relative_to(REPOSITORY / folder) for folder in folders) for folders in (given, ignored)]
    return inside == [True, False]


def test_lanes_leave_no_test_out_and_run_none_twice():
    steps = [step for step in suite.steps_of_test([]) if "pytest" in step.command]

    for file in (REPOSITORY / "tests").rglob("test_*.py"):
        assert len([step for step in steps if _runs(step, file)]) == 1, file
