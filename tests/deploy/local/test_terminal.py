import io

from deploy.local.terminal import Terminal, duration, pad, width_of


class Screen(io.StringIO):
    encoding = "utf-8"

    def __init__(self, *, is_terminal):
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self):
        return self._is_terminal


def test_plain_lines_when_the_output_is_no_terminal():
    screen = Screen(is_terminal=False)
    terminal = Terminal(screen)

    terminal.busy("Reading")
    terminal.progress("training", 0.5, ["step 5/10", ""])
    terminal.progress("training", 0.6, ["step 6/10"])  # too soon after the last line
    terminal.done("Trained", "3 s")

    assert screen.getvalue() == ("  training      50%  step 5/10\n  ✓ Trained                            3 s\n")


def test_bar_moves_on_one_line_of_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen(is_terminal=True)
    terminal = Terminal(screen)

    terminal.progress("training", 0.5, ["step 5/10"])
    terminal.progress("training", 1.0, ["step 10/10"])

    assert "\n" not in screen.getvalue()
    assert "━" * 14 + "─" * 14 in screen.getvalue()
    assert "━" * 28 + " 100%  step 10/10" in screen.getvalue()


def test_no_colours_when_the_user_wants_none(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")

    assert Terminal(Screen(is_terminal=True)).style("words", "bold") == "words"


def test_output_that_knows_no_lines_gets_letters():
    screen = Screen(is_terminal=False)
    screen.encoding = "ascii"

    Terminal(screen).done("Trained")

    assert screen.getvalue() == "  + Trained\n"


def test_table_columns_line_up_with_chinese_cells():
    screen = Screen(is_terminal=False)

    Terminal(screen).table([["模型", "准确率"], ["majority", "0.1"]], strong_row=1)

    assert screen.getvalue() == "  模型       准确率\n  majority   0.1\n"


def test_chinese_characters_take_two_columns():
    assert width_of("微调 ok") == 7
    assert pad("微调", 6) == "微调  "


def test_durations_read_as_a_person_says_them():
    assert [duration(seconds) for seconds in (0.44, 12.3, 185)] == ["0.4 s", "12 s", "3:05 min"]
