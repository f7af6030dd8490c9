"""The demo's words and its client. The walk itself is run on real parts in tests/deploy/test_demo_walk.py."""

import io
import string
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, get_args

import pytest

from deploy.local import demo_texts
from deploy.local.api_client import ApiError, Client
from deploy.local.demo import Demo, Material
from deploy.local.home import LocalError
from deploy.local.terminal import Terminal
from workers.contract.events import Phase
from workers.contract.results import ClassificationDetails, Contender, Evaluation, Interval, Verdict
from workers.contract.states import State


def _fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", demo_texts.TEXTS)
def test_both_languages_are_there_and_name_the_same_values(name):
    english, chinese = demo_texts.TEXTS[name]

    assert english
    assert chinese
    assert _fields(english) == _fields(chinese)


def test_every_state_phase_contender_and_verdict_has_words():
    names = {f"phase_{name}" for name in [*get_args(Phase), *State]}
    names |= set(get_args(Contender.model_fields["name"].annotation))
    names |= set(get_args(Verdict.model_fields["outcome"].annotation))

    assert names <= demo_texts.TEXTS.keys()


@pytest.mark.parametrize(
    ("variables", "language"),
    [({"LANG": "zh_CN.UTF-8"}, "zh-hans"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({}, "en")],
)
def test_language_is_that_of_the_terminal(variables, language):
    assert demo_texts.language_of(variables) == language


def _contender(name, accuracy):
    figure = Interval(value=accuracy, low=accuracy - 0.02, high=accuracy + 0.02)
    return Contender(name=name, metrics={"accuracy": figure, "macro_f1": figure}, seconds=1)


def test_evaluation_is_a_table_with_the_best_first_and_a_verdict():
    evaluation = Evaluation(
        task="classification",
        split="test",
        num_rows=120,
        primary="accuracy",
        contenders=(_contender("majority", 0.1), _contender("tuned", 0.9), _contender("tfidf_linear", 0.8)),
        verdict=Verdict(
            outcome="better",
            against="tfidf_linear",
            difference=Interval(value=0.1, low=0.04, high=0.16),
            p_value=0.01,
            test="mcnemar",
        ),
        mistakes=(),
        details=ClassificationDetails(labels=(), per_class=(), confusion=(), expected_calibration_error=0.02),
    )

    class Server:
        def get(self, _path):
            return evaluation.model_dump(mode="json")

    screen = io.StringIO()
    Demo(Server(), Terminal(screen), demo_texts.Texts("en"))._evaluation({"id": "1"})

    assert screen.getvalue().splitlines() == [
        "",
        "  On 120 held-out test rows, with 95 % intervals",
        "  answered by                    accuracy               macro F1",
        "  your fine-tuned model          0.900 [0.880, 0.920]   0.900 [0.880, 0.920]",
        "  TF-IDF + logistic regression   0.800 [0.780, 0.820]   0.800 [0.780, 0.820]",
        "  always the commonest label     0.100 [0.080, 0.120]   0.100 [0.080, 0.120]",
        "  Better than “TF-IDF + logistic regression” by 10.0 points [4.0, 16.0].",
    ]


class _Server(BaseHTTPRequestHandler):
    """A server that drops every stream after two events, and one that is busy at first."""

    requests: ClassVar[list] = []

    def log_message(self, *_):
        """Silent."""

    def do_GET(self):
        after = int(self.headers.get("Last-Event-ID", 0))
        self.requests.append(("stream", after))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b": a comment\n\nevent: ping\ndata: {}\n\n")
        for number in range(after + 1, min(after + 3, 6)):
            name = "end" if number == 5 else "metrics"
            self.wfile.write(f'id: {number}\nevent: {name}\ndata: {{"seq":\ndata: {number}}}\n\n'.encode())

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append(("post", self.headers["Idempotency-Key"]))
        is_busy = len(self.requests) < 3
        body = (
            b'{"error": {"code": "model_server.unavailable", "message": "Loading.", "details": {}}}'
            if is_busy
            else b'{"a": 1}'
        )
        self.send_response(503 if is_busy else 200)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def client():
    _Server.requests = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Client(f"http://127.0.0.1:{server.server_port}", "key")
    server.shutdown()
    thread.join()
    server.server_close()


def test_stream_goes_on_where_the_connection_broke(client):
    events = [event for event in client.stream("/stream") if event.name != "ping"]

    assert [event.data["seq"] for event in events] == [1, 2, 3, 4, 5]
    assert [after for _, after in _Server.requests] == [0, 2, 4]


def test_call_is_repeated_while_the_service_is_starting(client):
    assert client.post_when_available("/predict", {}, deadline_s=20) == {"a": 1}
    assert len(_Server.requests) == 3


def test_error_carries_code_and_message(client):
    with pytest.raises(ApiError, match=r"Loading\. \(model_server\.unavailable, HTTP 503\)"):
        client.post_when_available("/predict", {}, deadline_s=-1)


def test_folder_of_ones_own_needs_training_rows_and_is_another_with_other_rows(tmp_path):
    words = demo_texts.Texts("en")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "test.csv").write_text("text,label\na,b\n")
    with pytest.raises(LocalError, match=r"no file named train in .*shop"):
        Material.of(folder, words)

    (folder / "train.jsonl").write_text('{"text": "a", "label": "b"}\n')
    first = Material.of(folder, words)
    assert first.files == {"train": folder / "train.jsonl", "test": folder / "test.csv"}
    assert first.dataset.startswith("shop (")
    assert Material.of(folder, words) == first
    (folder / "test.csv").write_text("text,label\nc,b\n")
    assert Material.of(folder, words).dataset != first.dataset
