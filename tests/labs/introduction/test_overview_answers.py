"""第 1 章后五节印出的数：规模表的“算出”列、正文与练习的答案，都在这里重算。"""

import math
import re
from pathlib import Path

import pytest

from labs.introduction.emergence import all_zero, exact_match

CHAPTER = Path(__file__).resolve().parents[3] / "docs/01-introduction"
SIZE = (CHAPTER / "size.md").read_text("utf-8")
HISTORY = (CHAPTER / "history.md").read_text("utf-8")
EXERCISES = (CHAPTER / "exercises.md").read_text("utf-8")
UNIT = {"M": 1e6, "B": 1e9, "T": 1e12, "亿": 1e8, "万亿": 1e12}


def scientific(value: float) -> str:
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"{mantissa}\times10^{{{int(exponent)}}}"


def amount(text: str) -> float | None:
    """“671B（37B）”取括号里的激活参数，“15.6 万亿”“3,000 亿”取词元数。"""
    found = re.findall(r"([\d.,]+) ?(万亿|亿|M|B|T)", text)
    return float(found[-1][0].replace(",", "")) * UNIT[found[-1][1]] if found else None


def answer(label: str) -> str:
    block = re.split(r"^#{2,3} ", EXERCISES.split(f"#{label} ")[1], maxsplit=1, flags=re.M)[0]
    return block.split("??? answer")[1]


TABLE = SIZE.split("{#tab:model-sizes}")[1].split("\n\n")[1].splitlines()[2:]
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TABLE]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].split(" [")[0])
def test_computed_column_is_six_n_d(row):
    parameters, tokens = amount(row[2]), amount(row[3])
    if parameters and tokens:
        assert scientific(6 * parameters * tokens) in row[4]
    else:
        assert row[4] == ""


def test_table_has_eleven_computed_and_four_undisclosed_rows():
    assert len(ROWS) == 21
    assert sum(bool(row[4]) for row in ROWS) == 11
    assert [row[0].split(" [")[0] for row in ROWS if not row[2]] == ["GPT-4", "Gemini 3.1 Pro", "Claude Opus 4.7", "GPT-5.5"]


def test_numbers_in_the_text_of_size():
    llama, deepseek = 6 * 4.05e11 * 1.56e13, 6 * 3.7e10 * 1.48e13
    assert scientific(llama) in SIZE and scientific(deepseek) in SIZE
    assert f"{llama / deepseek:.1f} 倍" in SIZE
    assert f"{36e12 / 22e9:,.0f}" in SIZE and f"{36 / 0.3:.0f} 倍" in SIZE
    thinking = 2 * 3.7e10 * 20_000
    assert f"{deepseek / thinking / 1e8:.0f} 亿道" in SIZE
    assert 21 < deepseek / thinking / 1e8 < 25  # 一天一亿道：三个多星期


def test_numbers_in_the_text_of_history():
    assert scientific(6 * 1.75e11) in HISTORY
    assert round(6 * 1.75e11 / 5 / 1e8) == 2100  # 两千一百亿倍
    assert 3.1e10 < 3.14e23 / (5 * 2e12) < 3.2e10  # 三百亿倍
    assert r"50257^4\approx6.4\times10^{18}" in HISTORY and f"{50257**4:.1e}" == "6.4e+18"
    assert 3e-7 < 2e12 / 50257**4 < 4e-7  # 千万分之四以内
    assert 2e-10 / 3e-14 > 6000


def test_noisy_channel():
    products = [0.2e-9, 0.3e-13, 0.05 * 6e-9]
    shares = [x / sum(products) for x in products]
    assert f"${shares[0]:.3f}$、${shares[1]:.5f}$、${shares[2]:.3f}$" in answer("ex:noisy-channel")


def test_same_budget():
    text = answer("ex:same-budget")
    n = math.sqrt(3.29e24 / 120)
    assert scientific(n) in text and scientific(20 * n) in text
    assert f"{n / 37e9:.1f}" in text
    assert rf"{math.sqrt(3.29e24 / 2400) / 1e10:.2f}\times10^{{10}}" in text


def test_two_rulers():
    text = answer("ex:two-rulers")
    assert all(f"{exact_match(p, 20):.3f}" in text for p in (0.9, 0.95, 0.99))
    assert f"{0.5 ** (1 / 20):.3f}" in text
    assert f"{exact_match(0.8, 20):.4f}" in text
    assert f"{all_zero(exact_match(0.8, 20), 50):.3f}" in text


def test_penalize_guessing():
    for choices in (2, 3, 4, 5):
        penalty = 1 / (choices - 1)
        assert 1 / choices - penalty * (1 - 1 / choices) == pytest.approx(0)
    assert 9 / (1 + 9) == 0.9
    page = (CHAPTER / "capabilities-overview.md").read_text("utf-8")
    assert f"{5 / (5 + 0.03 + 0.02):.3f}" in page and f"{0.99**100:.3f}" in page
    assert f"{1746e8 * 2 / 1e9:.1f}" in page
