"""持续集成里跳过就是失败，平时只是跳过。"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
INSIDE = 'import pytest\n\ndef test_fine():\n    pass\n\ndef test_engine():\n    pytest.importorskip("no_such_engine")\n'
WHOLE = 'import pytest\n\npytest.importorskip("no_such_engine")\n'


@pytest.mark.parametrize(("text", "ci", "code", "words"), [
    (INSIDE, "true", 1, "1 failed, 1 passed"), (INSIDE, "", 0, "1 passed, 1 skipped"),
    (WHOLE, "true", 2, "1 error"), (WHOLE, "", 5, "1 skipped"),
])  # fmt: skip
def test_a_skip_is_a_failure_in_ci(tmp_path, text, ci, code, words):
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    (tmp_path / "test_some.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "CI": ci}, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, words in done.stdout) == (code, True), done.stdout
    assert ("不许跳过" in done.stdout) == (ci == "true")
