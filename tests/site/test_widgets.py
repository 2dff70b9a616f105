"""每张互动图的脚本都要守的：连同共用的架子不超过 30 KB，只导入自己的模型和架子，不记东西，不往外发。

向本站取文件的只有 FETCHES 里写明的：哪张图、哪一个地址。
"""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs/assets/widgets"
SHARED = "board.js"
NAMES = sorted(path.stem for path in FOLDER.glob("*.js") if not path.stem.endswith("-model") and path.name != SHARED)
FETCHES = {"playground": ["../models/tiny-lm.bin"]}
FETCH = re.compile(r'fetch\(new URL\("(\.\./[\w./-]+)", import\.meta\.url\)\)')
FORBIDDEN = re.compile(r"\beval\b|new Function|fetch\(|XMLHttpRequest|https?:|Storage|cookie|\son[a-z]+=|setInterval")


@pytest.mark.parametrize("name", NAMES)
def test_scripts_are_small_and_keep_to_themselves(name):
    scripts = [FOLDER / SHARED, FOLDER / f"{name}.js", FOLDER / f"{name}-model.js"]
    assert sum(path.stat().st_size for path in scripts) <= 30_000
    for path in scripts:
        code = path.read_text("utf-8")
        wanted = FETCHES.get(path.stem, [])
        assert FETCH.findall(code) == wanted and all((FOLDER / target).is_file() for target in wanted)
        code = FETCH.sub("", code)  # 余下的 fetch( 一个也不许
        assert FORBIDDEN.findall(code) == []
        assert re.findall(r'from\s+"(.+?)"', code) in ([], [f"./{SHARED}", f"./{name}-model.js"])


def test_no_script_is_left_out():
    assert sorted(path.name for path in FOLDER.glob("*.js")) == sorted([SHARED, *(f"{name}{part}.js" for name in NAMES for part in ("", "-model"))])
