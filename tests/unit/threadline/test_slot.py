"""A worker's name: unique among those that live, the same after a restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from threadline.slot import take_slot


def test_a_given_name_is_taken_as_it_is(tmp_path: Path) -> None:
    assert take_slot(tmp_path, "worker-7").name == "worker-7"


def test_workers_that_live_have_different_names(tmp_path: Path) -> None:
    slots = [take_slot(tmp_path, "") for _ in range(3)]
    assert len({slot.name for slot in slots}) == 3
    slots[1].close()
    again = take_slot(tmp_path, "")
    assert again.name == slots[1].name
    for slot in (slots[0], again, slots[2]):
        slot.close()


def test_the_name_of_one_that_was_killed_is_free_again(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from threadline.slot import take_slot;"
        "slot = take_slot(pathlib.Path(sys.argv[1]), ''); print(slot.name, flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -9
    heir = take_slot(tmp_path, "")
    assert heir.name == killed.stdout.strip()
    heir.close()
