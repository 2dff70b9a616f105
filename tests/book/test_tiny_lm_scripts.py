"""小语言模型的两个脚本：清洗的每条理由、版本不对就停下；训练从头到尾写出四个文件、中断了能接着走。"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
ROOT = Path(__file__).resolve().parents[2]


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


prepare = script("prepare_tang")


# —— 清洗 ——


def clean(*poems: str, min_count: int = 1):
    return prepare.clean(poems, lambda char: {"馬": "马"}.get(char, char), min_count)


def test_a_poem_is_simplified_and_punctuated():
    kept, dropped = clean("白日依山盡，黃河入海流！欲窮千里目？更上一層馬。")
    assert kept == ["白日依山盡，黃河入海流。欲窮千里目，更上一層马。"] and set(dropped) == {"有罕见的字"}


@pytest.mark.parametrize(
    ("poem", "reason"),
    [
        ("甲乙丙丁戊，己庚辛壬癸。", "不是四句或八句"),
        ("甲乙丙丁，己庚辛壬。子丑寅卯，辰巳午未。", "句长不是五或七"),
        ("甲乙丙丁戊，己庚辛壬癸。子丑寅卯辰，天地玄黄宇宙洪。", "句长不是五或七"),
        ("甲乙丙丁戊，己庚辛壬癸。子丑寅卯辰，天地玄□宇。", "有汉字以外的字符"),
    ],
)
def test_poems_of_another_shape(poem, reason):
    assert clean(poem) == ([], {reason: 1, "有罕见的字": 0})


def test_two_equal_lines_make_a_variant_and_one_does_not():
    first = "甲甲甲甲甲，乙乙乙乙乙。丙丙丙丙丙，丁丁丁丁丁。"
    one = "甲甲甲甲甲，子子子子子。丑丑丑丑丑，寅寅寅寅寅。"
    two = "卯卯卯卯卯，乙乙乙乙乙。辰辰辰辰辰，丁丁丁丁丁。"
    kept, dropped = clean(first, one, two, first)
    assert kept == [first, one] and dropped["与前面的诗有两句相同"] == 2


def test_a_line_repeated_inside_a_poem_counts_once():
    refrain = "甲甲甲甲甲，甲甲甲甲甲。丙丙丙丙丙，丁丁丁丁丁。"
    one = "甲甲甲甲甲，甲甲甲甲甲。丑丑丑丑丑，寅寅寅寅寅。"
    assert clean(refrain, one)[0] == [refrain, one]


def test_rare_characters_are_counted_in_what_was_kept():
    poem, other = "甲甲甲甲甲，乙乙乙乙乙。丙丙丙丙丙，丁丁丁丁丁。", "甲甲甲甲甲，乙乙乙乙丑。丙丙丙丙寅，丁丁丁丁卯。"
    kept, dropped = clean(poem, other, "丑丑丑丑丑，丑丑丑丑丑。", min_count=4)
    assert kept == [poem] and dropped == {"不是四句或八句": 1, "有罕见的字": 1}


# —— 包的版本 ——


def package(folder: Path, version: str = "2.0.1") -> Path:
    poem = {"paragraphs": ["白日依山盡，黃河入海流。", "欲窮千里目，更上一層樓。"]}
    for name in prepare.FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([poem]), "utf-8")
    (folder / "package.json").write_text(json.dumps({"name": "chinese-poetry", "version": version}), "utf-8")
    return folder


def test_a_folder_and_an_archive_are_read_alike(tmp_path):
    folder = package(tmp_path / "package")
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as bundle:
        bundle.add(folder, "package")
        trap = tarfile.TarInfo("../outside.txt")
        bundle.addfile(trap, io.BytesIO())
    read = []
    for given in (folder, archive):
        with prepare.unpacked(given) as found:
            read.append(list(prepare.read(found)))
    assert read[0] == read[1] == ["白日依山盡，黃河入海流。欲窮千里目，更上一層樓。"] * 58
    assert not (tmp_path.parent / "outside.txt").exists()


def test_another_version_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="chinese-poetry 2.0.2，应为 chinese-poetry 2.0.1"), prepare.unpacked(package(tmp_path, "2.0.2")):
        pass
    with pytest.raises(SystemExit, match="没有 package.json"), prepare.unpacked(tmp_path / "nowhere"):
        pass


def test_without_npm_the_reader_is_told(monkeypatch):
    monkeypatch.setattr(prepare.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="没有找到 npm.*--package"), prepare.unpacked(None):
        pass


def test_without_the_converter_the_reader_is_told(monkeypatch):
    def missing(name):
        raise prepare.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(prepare.metadata, "version", missing)
    with pytest.raises(SystemExit, match="pip install --no-deps opencc-python-reimplemented==0.1.7"):
        prepare.converter()


# —— 训练 ——


@pytest.fixture
def trainer_script(monkeypatch):
    """同样的脚本，模型缩小，诗只取几首。"""
    module = script("train_tiny_lm")
    corpus = module.tang.Corpus(
        module.tang.Vocabulary("\n。，山水月风"), ["山水，风月。"] * 4, ["山山。"], ["水，月。"], {"train": 1, "validation": 2, "test": 3}
    )
    config = module.CONFIG.__class__(vocab_size=7, context=6, n_layers=1, d_model=8, n_heads=1, n_kv_heads=1, d_ff=8)
    monkeypatch.setattr(module.tang, "load_corpus", lambda: corpus)
    monkeypatch.setattr(module, "CONFIG", config)
    monkeypatch.setattr(module, "EVERY", 2)

    def run(folder: Path, *words: str) -> dict:
        monkeypatch.setattr(
            sys, "argv", ["train_tiny_lm.py", "--steps", "5", "--batch", "2", "--threads", "1", "--out", str(folder), *words]
        )
        threads = torch.get_num_threads()
        module.main()
        torch.set_num_threads(threads)
        return json.loads((folder / module.NUMBERS).read_text("utf-8"))

    run.module = module
    return run


def test_one_command_writes_four_files_that_agree(trainer_script, tmp_path, capsys):
    numbers = trainer_script(tmp_path)
    module = trainer_script.module
    model, vocabulary = module.load(tmp_path / module.WEIGHTS, sha256=numbers["files"]["tiny-lm.safetensors"]["sha256"])
    assert module.digest(tmp_path / module.SMALL) == numbers["files"]["tiny-lm.bin"]["sha256"]
    found = module.evaluate(model, vocabulary, ["水，月。"])
    assert numbers["loss"]["test"]["fp16"]["nats_per_char"] == pytest.approx(found.nats_per_char, abs=1e-5)
    assert numbers["training"]["tokens"] == 5 * 2 * 6 and numbers["corpus"]["left_out"]["test"] == 3
    text = (tmp_path / module.CARD).read_text("utf-8")
    assert len(numbers["greedy"]) == 1 and len(numbers["greedy"][0]) <= 5  # 其余的开头有词表外的字；写满上下文为止
    assert f"- {numbers['greedy'][0]}\n" in text
    assert f"{found.nats_per_char:.4f}" in text and "5 步，每批 2 段" in text and "测试少 3 首" in text
    assert text in capsys.readouterr().out


def test_an_interrupted_run_goes_on_to_the_same_weights(trainer_script, tmp_path):
    module = trainer_script.module
    whole = trainer_script(tmp_path / "a")
    step = module.Trainer.step

    def fail(trainer):
        if len(trainer.losses) == 3:
            raise KeyboardInterrupt
        return step(trainer)

    module.Trainer.step = fail
    with pytest.raises(KeyboardInterrupt):
        trainer_script(tmp_path / "b")
    module.Trainer.step = step
    assert len(torch.load(tmp_path / "b" / module.STATE, weights_only=True)["losses"]) == 2
    assert trainer_script(tmp_path / "b", "--resume")["files"] == whole["files"]


def test_the_state_of_another_run_is_refused(trainer_script, tmp_path):
    trainer_script(tmp_path)
    with pytest.raises(SystemExit, match="另一次训练"):
        trainer_script(tmp_path, "--resume", "--seed", "1")
