"""测得的数：按键取，按格式排；坏文件、坏键、坏格式说得清。"""

import pytest
from book.results import MALFORMED, NUMBER, Results


@pytest.fixture
def results(tmp_path):
    files = {
        "01-introduction/data/coin.json": '{"values": {"h": 0.46899, "n": 12345, "deep": {"list": [1, {"x": -2.5}]}, "name": "小-大", "no": null, "yes": true}}',
        "02-capabilities/data/coin.json": '{"values": {"h": 9}}',
        "02-capabilities/data/bad.json": '{"values": ',
        "02-capabilities/data/list.json": "[1]",
        "02-capabilities/data/empty.json": "{}",
    }
    for path, text in files.items():
        (tmp_path / "docs" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / path).write_text(text, "utf-8")
    return Results(tmp_path)


@pytest.mark.parametrize(("path", "spec", "shown"), [
    ("coin.h", ".3f", "0.469"), ("coin.h", ".1%", "46.9%"), ("coin.n", ",d", "12,345"), ("coin.n", None, "12345"), ("coin.n", "", "12345"),
    ("coin.n", ".1e", "1.2e+4"), ("coin.deep.list.1.x", ".1f", "−2.5"), ("coin.deep.list.0", "d", "1"), ("coin.name", None, "小-大"),
])  # fmt: skip
def test_numbers_are_looked_up_and_formatted(results, path, spec, shown):
    assert results.format(path, spec) == shown


@pytest.mark.parametrize(("path", "message"), [
    ("nope.h", "没有结果文件 nope.json；现有：coin"),
    ("coin.nope", "coin 里没有 nope；有：h、n、deep、name、no、yes"),
    ("coin.deep.list.7", "coin.deep.list 里没有 7；有：list"),
    ("coin.deep.list.x", "coin.deep.list 里没有 x；有：list"),
    ("coin.h.x", "coin.h 里没有 x；有：float"),
    ("coin.deep", "coin.deep 不是一个数"),
    ("coin.no", "coin.no 不是一个数"),
    ("coin.yes", "coin.yes 不是一个数"),
])  # fmt: skip
def test_a_wrong_key_says_where_it_stopped(results, path, message):
    with pytest.raises(KeyError, match=message):
        results.format(path, ".2f")


@pytest.mark.parametrize(("path", "spec"), [("coin.h", "d"), ("coin.name", ".2f"), ("coin.h", "zz")])
def test_a_wrong_format_is_explained(results, path, spec):
    with pytest.raises(ValueError, match=f"格式串 {spec!r} 不能用于"):
        results.format(path, spec)


def test_broken_and_repeated_files_are_problems(results):
    found = {problem.path.rsplit("/", 1)[1]: problem.message for problem in results.problems}
    assert set(found) == {"bad.json", "coin.json", "empty.json", "list.json"}
    assert "重名：已有 docs/01-introduction/data/coin.json" in found["coin.json"]
    assert all("读不出结果" in found[name] for name in ("bad.json", "empty.json", "list.json"))
    assert results.format("coin.h", ".2f") == "0.47"  # 用先来的


@pytest.mark.parametrize(("text", "parts"), [
    ("[=a.b]", ("a.b", None)), ("[=a-b_c.d.0:.2f]", ("a-b_c.d.0", ".2f")), ("[=a.b:,d]", ("a.b", ",d")),
])  # fmt: skip
def test_the_way_to_write_a_number(text, parts):
    match = NUMBER.fullmatch(text)
    assert match and (match["path"], match["format"]) == parts


@pytest.mark.parametrize("text", ["[=a]", "[=a.b: .2f]", "[= a.b]", "[=a.b", "[=]", "[=a..b]"])
def test_other_ways_are_malformed(text):
    assert not NUMBER.match(text) and MALFORMED.match(text)
