"""执行实验：结果可重现，比较抓得住改动，失败的实验什么也不改。"""

import json
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="执行实验需要 .[labs]")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import run_labs  # noqa: E402
from book.model import Book  # noqa: E402

LAB = "docs/01-introduction/lab-coin.py"
NOTEBOOK = "docs/01-introduction/lab-coin.ipynb"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "tests/book/sample", tmp_path / "book")
    root = tmp_path / "book"
    (root / "labs/common").mkdir(exist_ok=True)
    monkeypatch.setattr(run_labs, "ROOT", root)
    return root


def lab(root):
    book = Book.load(root)
    return book, next(page for page in book.pages if page.document.is_lab)


def test_running_twice_gives_the_same_bytes_and_the_check_agrees(copy):
    source = (copy / LAB).read_text("utf-8")
    write = "import json, pathlib\npathlib.Path('data').mkdir()\npathlib.Path('data/coin.json').write_text(json.dumps({'lab': 'coin', 'tolerance': {}, 'values': values}))\n"
    (copy / LAB).write_text(source + write, "utf-8")
    assert run_labs.run(*lab(copy)) == []
    first = (copy / NOTEBOOK).read_bytes()
    assert run_labs.run(*lab(copy)) == []
    assert (copy / NOTEBOOK).read_bytes() == first
    assert run_labs.check(*lab(copy)) == []
    assert not run_labs.outdated(lab(copy)[1])

    notebook = json.loads(first)
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "{ #" not in text and "[@" not in text and "式 (1.1)" in text, "下载的笔记本不留本站的写法"
    assert notebook["cells"][0]["cell_type"] == "markdown", "front matter 不出现在笔记本里"

    (copy / NOTEBOOK).write_text(first.decode().replace("0.469 比特", "0.480 比特"), "utf-8")
    (copy / "docs/01-introduction/data/coin.json").write_text('{"tolerance": {}, "values": {"entropy_biased": 0.5}}', "utf-8")
    found = run_labs.check(*lab(copy))
    assert any("0.480 变成 0.469" in message for message in found)
    assert any("entropy_biased：0.5 变成 0.468996" in message.replace("0.4689955935892812", "0.468996") for message in found)


def test_a_lab_that_raises_names_its_line_and_changes_nothing(copy):
    before = (copy / NOTEBOOK).read_bytes()
    text = (copy / LAB).read_text("utf-8").replace("values = {", 'raise RuntimeError("坏了")\nvalues = {')
    (copy / LAB).write_text(text, "utf-8")
    line = next(n for n, row in enumerate(text.split("\n"), 1) if row == "raise RuntimeError(\"坏了\")") - 1
    with pytest.raises(run_labs.LabError, match=rf"第 {line} 行.*坏了"):
        run_labs.run(*lab(copy))
    assert (copy / NOTEBOOK).read_bytes() == before


def test_what_a_cell_prints_is_one_output_however_slowly_it_comes(copy):
    text = (copy / LAB).read_text("utf-8").replace("values = {", 'print("甲", flush=True)\nprint("乙", flush=True)\nvalues = {')
    (copy / LAB).write_text(text, "utf-8")
    run_labs.run(*lab(copy))
    cells = [cell for cell in json.loads((copy / NOTEBOOK).read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [len(cell["outputs"]) for cell in cells] == [1, 1]
    assert "".join(cells[-1]["outputs"][0]["text"]) == "甲\n乙\n"


def test_a_changed_module_makes_the_lab_outdated(copy):
    run_labs.run(*lab(copy))
    module = copy / "labs/toy/entropy.py"
    module.write_text(module.read_text("utf-8") + "\nX = 1\n", "utf-8")
    assert run_labs.outdated(lab(copy)[1])


@pytest.mark.parametrize(
    ("old", "new", "own", "count"),
    [
        ({"a": 1.0}, {"a": 1.005}, {}, 0),
        ({"a": 1.0}, {"a": 1.05}, {}, 1),
        ({"a": 1.0}, {"a": 1.05}, {"a": 0.1}, 0),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, {"a.b": 0.5}, 0),
        ({"a": "x"}, {"a": "y"}, {}, 1),
        ({"a": 1}, {"b": 1}, {}, 1),
        ({"a": [1]}, {"a": [1, 2]}, {}, 1),
    ],
)
def test_values_are_compared_with_their_own_tolerance(old, new, own, count):
    found = run_labs.compare_values({"values": old, "tolerance": own}, {"values": new}, 0.01, "x.json")
    assert len(found) == count, found


def test_unknown_lab_is_a_usage_error(copy, capsys):
    assert run_labs.main(["no-such-lab"]) == 2
    assert "没有匹配" in capsys.readouterr().out


@pytest.fixture
def needing(copy, monkeypatch):
    """样书的实验另需一个没有装的包；两个环境变量都不设。"""
    text = (copy / LAB).read_text("utf-8")
    (copy / LAB).write_text(text.replace("# tolerance:", "# packages: [no-such-model==1.0]\n# tolerance:"), "utf-8")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("REQUIRE_LABS", raising=False)
    monkeypatch.setattr(run_labs, "draw_figures", lambda: 0)
    return copy


@pytest.mark.parametrize("options", [[], ["--all"], ["--check"], ["lab-coin"]])
def test_a_lab_without_its_package_is_left_out_and_says_how_to_install(needing, capsys, options):
    before = (needing / NOTEBOOK).read_bytes()
    assert run_labs.main(options) == 0
    said = capsys.readouterr().out
    assert said == f"{LAB}: 跳过，没有装 no-such-model==1.0 → 运行 python -m pip install --no-deps no-such-model==1.0\n"
    assert (needing / NOTEBOOK).read_bytes() == before


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("REQUIRE_LABS", "1")])
@pytest.mark.parametrize("options", [["--all"], ["--check"]])
def test_a_missing_package_is_an_error_where_nothing_may_be_left_out(needing, capsys, monkeypatch, name, value, options):
    monkeypatch.setenv(name, value)
    assert run_labs.main(options) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{LAB}: 没有装 no-such-model==1.0 →") and "跳过" not in said


def test_another_version_does_not_count_as_installed(monkeypatch):
    monkeypatch.setattr(run_labs, "version", lambda name: "1.0")
    assert run_labs.installed("toy-model==1.0")
    assert not run_labs.installed("toy-model==1.0.1")


def test_a_lab_with_its_package_runs(needing, monkeypatch):
    monkeypatch.setattr(run_labs, "installed", lambda package: True)
    monkeypatch.setattr(run_labs, "run", lambda book, lab: ["跑了"])
    assert run_labs.main(["--all"]) == 0


def test_the_packages_are_listed_for_pip(needing, capsys):
    assert run_labs.main(["--packages"]) == 0
    assert capsys.readouterr().out == "no-such-model==1.0\n"
