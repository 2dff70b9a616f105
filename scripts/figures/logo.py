"""画书标：因果掩码的下三角。第 i 行是第 i 个词元能看见的位置，对角线是它自己。

    python scripts/figures/logo.py          # 写出三个文件
    python scripts/figures/logo.py --check  # 只核对，不同则以 1 退出

写出 docs/assets/logo.svg、docs/assets/favicon.svg 与页眉内联用的 scripts/theme/partials/logo.html。
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIZE, CELL, GAP = 4, 3, 1  # 4×4 的掩码，格 3、缝 1：缩到 16 像素时每一格都落在整像素上
PAST = 0.5  # 过去位置的浓淡；对角线（自己）为 1
LIGHT, DARK = "#155a78", "#84bdd4"  # 与 docs/assets/css/theme.css 的 --accent 相同


def cells(on_diagonal: bool) -> str:
    """一条 SVG 路径：对角线上的格，或它左下方的格。"""
    step = CELL + GAP
    return "".join(
        f"M{column * step} {row * step + GAP}h{CELL}v{CELL}h-{CELL}z"
        for row in range(SIZE)
        for column in range(row + 1)
        if (column == row) == on_diagonal
    )


def mark() -> str:
    """书标的两条路径，颜色取自 currentColor。"""
    return f'<path d="{cells(True)}"/><path opacity="{PAST}" d="{cells(False)}"/>'


def standalone(title: str, view: str) -> str:
    """可以单独打开的 SVG：随系统的深浅色换颜色。"""
    style = f"svg{{color:{LIGHT}}}@media(prefers-color-scheme:dark){{svg{{color:{DARK}}}}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" fill="currentColor" role="img">'
        f"<title>{title}</title><style>{style}</style>{mark()}</svg>\n"
    )


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    title = "大规模语言模型教程"
    inline = f'<svg viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">{mark()}</svg>\n'
    return {
        ROOT / "docs/assets/logo.svg": standalone(title, "-2 -2 20 20"),
        ROOT / "docs/assets/favicon.svg": standalone(title, "0 0 16 16"),
        ROOT / "scripts/theme/partials/logo.html": "{#- 由 scripts/figures/logo.py 生成，不要手改 -#}\n" + inline,
    }


def main(check: bool) -> int:
    """写出（或核对）全部文件，返回退出码。"""
    wrong = []
    for path, text in outputs().items():
        if check and (not path.exists() or path.read_text("utf-8") != text):
            wrong.append(path.relative_to(ROOT).as_posix())
        elif not check:
            path.write_text(text, "utf-8")
    for name in wrong:
        print(f"{name}: [figures] 与 scripts/figures/logo.py 的输出不同 → 运行 python scripts/figures/logo.py")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
