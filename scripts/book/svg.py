"""画图：几种基本形状和一种折线图。文字仍是文字，颜色都是带后备值的 CSS 变量。

网站的明暗两套配色给变量赋值；在 GitHub、Jupyter、电子书里变量没有值，浏览器就用后备值。
每张图的样式都限定在它自己的 id 之内，内联到同一页也不会互相影响。
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

COLORS = {
    "fg": "var(--fig-fg, #24221e)",
    "mut": "var(--fig-mut, #67625a)",
    "grid": "var(--fig-grid, #e3dfd4)",
    "bg": "var(--fig-bg, #fdfcf9)",
    **{f"c{i}": f"var(--c{i}, {color})" for i, color in enumerate(("#14699f", "#ad5118", "#0f5340", "#5f2279", "#a5822c", "#6c7074"))},
}

LINE_COLORS = ("c0", "c1", "c2", "c3", "c5")  # c4 在浅色底上对比不足，不用来写字


@dataclass
class Canvas:
    """一张图；``name`` 与文件同名，也是图里一切 id 的前缀。坐标单位是像素，原点在左上。"""

    name: str
    width: int
    height: int
    parts: list[str] = field(default_factory=list)
    arrows: set[str] = field(default_factory=set)

    def rect(self, x: float, y: float, w: float, h: float, fill: str = "none", stroke: str = "mut", radius: float = 6, opacity: float = 1) -> None:
        """圆角矩形；``fill``、``stroke`` 是颜色名或 ``none``。"""
        shade = f";fill-opacity:{opacity:g}" if opacity < 1 else ""
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius:g}" style="fill:{color(fill)}{shade};stroke:{color(stroke)}"/>')

    def text(self, x: float, y: float, words: str, size: int = 14, anchor: str = "middle", fill: str = "fg", bold: bool = False, mono: bool = False) -> None:
        """一行文字，``y`` 是基线。"""
        style = f"fill:{color(fill)};font-size:{size}px" + (";font-weight:600" if bold else "")
        kind = ' class="m"' if mono else ""
        self.parts.append(f'<text{kind} x="{x:g}" y="{y:g}" text-anchor="{anchor}" style="{style}">{escape(words)}</text>')

    def path(self, d: str, stroke: str = "mut", width: float = 1.5, dash: str = "", arrow: bool = False, fill: str = "none") -> None:
        """折线或曲线；``arrow`` 在终点画箭头。"""
        extra = f";stroke-dasharray:{dash}" if dash else ""
        end = ""
        if arrow:
            self.arrows.add(stroke)
            end = f' marker-end="url(#{self.name}-arrow-{stroke})"'
        self.parts.append(f'<path d="{d}" style="fill:{color(fill)};stroke:{color(stroke)};stroke-width:{width:g}{extra}"{end}/>')

    def circle(self, x: float, y: float, r: float, fill: str = "bg", stroke: str = "mut", title: str = "") -> None:
        """圆点；``title`` 是悬停时的说明。"""
        inner = f"<title>{escape(title)}</title>" if title else ""
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" style="fill:{color(fill)};stroke:{color(stroke)}">{inner}</circle>')

    def render(self) -> str:
        """整张图的 SVG 文本。"""
        markers = "".join(
            f'<marker id="{self.name}-arrow-{c}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0 0L8 4L0 8z" style="fill:{color(c)}"/></marker>'
            for c in sorted(self.arrows)
        )
        defs = f"<defs>{markers}</defs>" if markers else ""
        style = f"<style>#{self.name}-figure text{{font-family:inherit}}#{self.name}-figure .m{{font-family:ui-monospace,monospace}}</style>"
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{self.name}-figure" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" font-family="system-ui, sans-serif">\n{style}{defs}\n{body}\n</svg>\n'
        )


def color(name: str) -> str:
    """颜色名 → CSS 值；不认识的名字 ``KeyError``。"""
    return name if name == "none" else COLORS[name]


@dataclass(frozen=True)
class Series:
    """折线图里的一条线：名字与 (x, y) 各点。"""

    name: str
    points: Sequence[tuple[float, float]]
    dash: str = ""


def line_chart(
    name: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    width: int = 640,
    height: int = 340,
    log_x: bool = False,
    log_y: bool = False,
    y_range: tuple[float, float] | None = None,
) -> str:
    """折线图，线名写在线尾，不用图例；对数轴按 10（横轴按数据点）标刻度。

    出错：没有数据，或对数轴上有非正数，``ValueError``。
    """
    points = [p for s in series for p in s.points]
    if not points:
        raise ValueError(f"图 {name} 没有数据")
    if (log_x and min(x for x, _ in points) <= 0) or (log_y and min(y for _, y in points) <= 0):
        raise ValueError(f"图 {name} 的对数轴上有非正数")
    fx, fy = (math.log10 if log_x else float), (math.log10 if log_y else float)
    xs = sorted({x for x, _ in points})
    low, high = y_range or (min(y for _, y in points), max(y for _, y in points))
    if not y_range and not log_y:
        low, high = min(0.0, low), high * 1.05
    left, right, top, bottom = 64, 116, 20, 52

    def px(x: float) -> float:
        span = fx(xs[-1]) - fx(xs[0]) or 1
        return left + (fx(x) - fx(xs[0])) / span * (width - left - right)

    def py(y: float) -> float:
        span = fy(high) - fy(low) or 1
        return height - bottom - (fy(y) - fy(low)) / span * (height - top - bottom)

    canvas = Canvas(name, width, height)
    for y in log_ticks(low, high) if log_y else ticks(low, high):
        canvas.path(f"M{left} {py(y):.1f}H{width - right}", "grid", 1)
        canvas.text(left - 8, py(y) + 4, tick_label(y), 13, "end", "mut")
    shown: list[float] = []
    for x in xs:
        if not shown or px(x) - px(shown[-1]) >= 34:
            canvas.text(px(x), height - bottom + 20, tick_label(x), 13, "middle", "mut")
            shown.append(x)
    canvas.path(f"M{left} {top}V{height - bottom}H{width - right}", "mut", 1)
    canvas.text((left + width - right) / 2, height - 10, x_label, 14, "middle", "fg")
    canvas.parts.append(f'<g transform="translate(16 {(top + height - bottom) / 2:g}) rotate(-90)">')
    canvas.text(0, 0, y_label, 14)
    canvas.parts.append("</g>")
    ends = spread([py(s.points[-1][1]) for s in series], 18)
    for index, (line, end) in enumerate(zip(series, ends, strict=True)):
        shade = LINE_COLORS[index % len(LINE_COLORS)]
        canvas.path("M" + "L".join(f"{px(x):.1f} {py(y):.1f}" for x, y in line.points), shade, 2.5, line.dash)
        if len(line.points) <= 16:
            for x, y in line.points:
                canvas.circle(px(x), py(y), 3.5, shade, "bg", f"{line.name}：{x:g} → {y:.4g}")
        canvas.text(px(line.points[-1][0]) + 10, end + 4, line.name, 14, "start", shade, bold=True)
    return canvas.render()


def spread(values: Sequence[float], gap: float) -> list[float]:
    """把太近的标签上下推开，次序不变。"""
    order = sorted(range(len(values)), key=lambda i: values[i])
    out = list(values)
    for before, after in zip(order, order[1:], strict=False):
        out[after] = max(out[after], out[before] + gap)
    return out


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """线性轴上好看的刻度。"""
    raw = (high - low) / count or 1.0
    unit = 10.0 ** math.floor(math.log10(raw))
    step = min((k * unit for k in (1, 2, 2.5, 5, 10)), key=lambda s: abs(s - raw))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """对数轴上的 10 的整数次幂；不足两个时补上两端。"""
    found = [10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) if low * 0.999 <= 10.0**e <= high * 1.001]
    return found if len(found) >= 2 else [low, high]


def tick_label(value: float) -> str:
    """刻度文字；很大很小的数写成 10 的幂。"""
    if value and (abs(value) >= 1e5 or abs(value) < 1e-3):
        exponent = round(math.log10(abs(value)))
        if math.isclose(abs(value), 10.0**exponent):
            return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value:g}".replace("-", "−")
