"""What a trainer takes of its machine, read of real processes; the driver of a GPU is a small library that answers like one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.waiting import until
from workers.gpu import processes
from workers.gpu.gpus import GpuUse, find_gpus
from workers.gpu.processes import memory_limit, processor_limit, tree_use
from workers.gpu.usage import Reading, UsageWatch, pause_after, told_every

MB = 1_000_000
# A process that asks another one to work: it fills memory and a file, spends time, says so, and waits to be told to go.
WORKING = """
import os, sys, time
held = b"x" * 60_000_000
with open(sys.argv[1], "wb") as file:
    file.write(held[:20_000_000])
    file.flush()
    os.fsync(file.fileno())
ends = time.process_time() + 0.4
while time.process_time() < ends:
    pass
print("ready", flush=True)
sys.stdin.readline()
"""
ASKING = (
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]])\nsys.stdin.readline()"
)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A parent whose child does the work, once it is done; each line on its standard input ends one of them."""
    process = subprocess.Popen(
        [sys.executable, "-c", ASKING, WORKING, str(tmp_path / "written")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert process.stdin
        process.stdin.close()


def test_a_process_counts_with_all_that_it_started(tree: subprocess.Popen[bytes]) -> None:
    use = tree_use(tree.pid)
    assert use
    assert use.processor_s >= 0.4
    assert 60 * MB < use.memory_bytes < 200 * MB
    # A file system in memory writes to no disk.
    assert use.written_bytes >= 20 * MB or use.written_bytes < MB


def test_what_an_ended_child_has_used_still_counts_and_its_memory_does_not(tree: subprocess.Popen[bytes]) -> None:
    before = tree_use(tree.pid)
    assert before
    assert tree.stdin
    tree.stdin.write(b"\n")
    tree.stdin.flush()
    # Between its end and the moment that its parent has waited for it, a child counts for nothing.
    until(
        lambda: (
            (use := tree_use(tree.pid))
            and use.memory_bytes < 50 * MB
            and use.processor_s >= before.processor_s
            and use.written_bytes >= before.written_bytes
        )
    )


def test_shared_pages_of_several_processes_count_once(
    monkeypatch: pytest.MonkeyPatch, tree: subprocess.Popen[bytes]
) -> None:
    shared = tree_use(tree.pid)
    monkeypatch.setattr(processes, "_proportional", lambda _: None)  # a kernel that does not tell shares
    resident = tree_use(tree.pid)
    assert shared
    assert resident
    assert shared.memory_bytes < resident.memory_bytes


def test_an_ended_process_takes_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    until(lambda: tree_use(process.pid) is None)  # though nobody has waited for it
    process.wait()
    assert tree_use(process.pid) is None


def test_a_process_whose_memory_is_gone_takes_nothing_though_it_is_no_zombie_yet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "_PROC", tmp_path)

    def seen(pages: int) -> None:
        (tmp_path / "77").mkdir(exist_ok=True)
        (tmp_path / "77" / "stat").write_text(f"77 (trainer) R 1 77 77 {'0 ' * 17}{pages} 0\n")

    seen(pages=500)
    use = tree_use(77)
    assert use
    assert use.memory_bytes == 500 * os.sysconf("SC_PAGE_SIZE")
    seen(pages=0)
    assert tree_use(77) is None


def test_the_limit_is_the_machine_or_what_the_container_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    group = tmp_path / "kubepods" / "one"
    group.mkdir(parents=True)
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text("0::/kubepods/one\n")
    (proc / "meminfo").write_text("MemTotal:       16000 kB\nMemFree: 1 kB\n")
    monkeypatch.setattr(processes, "_CGROUPS", tmp_path)
    monkeypatch.setattr(processes, "_PROC", proc)
    cores = float(len(os.sched_getaffinity(0)))
    assert (memory_limit(), processor_limit()) == (16_384_000, cores)
    (group / "memory.max").write_text("max\n")
    (group / "cpu.max").write_text("max 100000\n")
    assert (memory_limit(), processor_limit()) == (16_384_000, cores)
    (group.parent / "memory.max").write_text("4096000\n")
    (group.parent / "cpu.max").write_text("50000 100000\n")
    assert (memory_limit(), processor_limit()) == (4_096_000, 0.5)


def test_looking_costs_a_small_share_of_a_core_however_long_a_look_takes() -> None:
    assert pause_after(0.0005) == 2.0
    assert 0.02 / pause_after(0.02) <= 0.0021
    assert told_every(60) == 2.0
    assert told_every(3600) == 5.0
    assert told_every(36_000) == 50.0


def test_a_watch_reads_until_its_process_ends(monkeypatch: pytest.MonkeyPatch, tree: subprocess.Popen[bytes]) -> None:
    monkeypatch.setattr("workers.gpu.usage._EVERY_S", 1.0)
    monkeypatch.setattr(
        "workers.gpu.usage._COST", 1.0
    )  # on a busy machine a look takes long, and the pause after it longer
    watch = UsageWatch(tree.pid, ran_s=100.0)
    watch.start()
    readings: list[Reading] = []

    def has_two() -> bool:
        readings.extend(watch.take())
        return len(readings) > 1

    until(has_two)
    first, second = readings[:2]
    assert 101 <= first.second < second.second
    assert {"processor_limit", "memory_limit"} <= first.values.keys()
    assert second.values.keys() == {"processor", "memory", "disk_writes"}, "limits are told once"
    assert 60 * MB < first.values["memory"] < first.values["memory_limit"]
    os.killpg(tree.pid, signal.SIGKILL)
    watch.join(60)
    assert not watch.is_alive()


DRIVER = """
#include <string.h>
typedef struct { unsigned gpu, memory; } use_t;
typedef struct { unsigned long long total, free, used; } memory_t;
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)(long)(index + 1); return index < 3 ? 0 : 2; }
int nvmlDeviceGetHandleByUUID(const char *name, void **device) { *device = (void *)2; return strcmp(name, "GPU-b") ? 6 : 0; }
int nvmlDeviceGetUtilizationRates(void *device, use_t *use) { use->gpu = 10 * (long)device; return (long)device == 3 ? 3 : 0; }
int nvmlDeviceGetMemoryInfo(void *device, memory_t *memory) {
    memory->total = 1000; memory->used = 100 * (long)device; memory->free = 1000 - memory->used; return 0;
}
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("driver")
    (folder / "driver.c").write_text(DRIVER)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "driver.so", folder / "driver.c"], check=True)
    return str(folder / "driver.so")


@pytest.mark.parametrize(
    ("visible", "use"),
    [
        pytest.param(None, GpuUse(0.15, 600, 3000), id="all, one of which does not count its time"),
        pytest.param("1", GpuUse(0.2, 200, 1000), id="by number"),
        pytest.param("GPU-b", GpuUse(0.2, 200, 1000), id="by name"),
        pytest.param("2", GpuUse(None, 300, 1000), id="one that does not count its time"),
        pytest.param("0,1", GpuUse(0.15, 300, 2000), id="two"),
    ],
)
def test_a_gpu_is_asked_through_its_driver(driver: str, visible: str | None, use: GpuUse) -> None:
    gpus = find_gpus({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}, library=driver)
    assert gpus
    found = gpus.use()
    assert found
    assert found.share == (None if use.share is None else pytest.approx(use.share))
    assert (found.memory_bytes, found.memory_limit) == (use.memory_bytes, use.memory_limit)


def test_a_machine_without_a_gpu_has_none(driver: str) -> None:
    assert find_gpus({}, library="libnot-there.so.1") is None
    assert find_gpus({"CUDA_VISIBLE_DEVICES": ""}, library=driver) is None
    assert find_gpus({"CUDA_VISIBLE_DEVICES": "7"}, library=driver) is None
