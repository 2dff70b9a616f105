"""建好的站点：每条规则零发现。``a11y`` 与 ``html`` 缺工具时跳过，持续集成里不许缺。"""

from __future__ import annotations

from pathlib import Path

import pytest
from book import site_checks
from book.model import Book


@pytest.mark.parametrize("rule", site_checks.SITE)
def test_the_built_site_keeps_the_rule(book: Book, built: Path, rule: str):
    problems, skipped = site_checks.run(book, built, [rule])
    if rule in skipped:
        pytest.skip(skipped[rule])
    assert not problems, "\n" + "\n".join(map(str, problems))
