"""画图的库：合法的 XML，颜色都是变量，刻度好看，坏数据说清楚。"""

import xml.etree.ElementTree as ET

import pytest
from book.svg import COLORS, Canvas, Series, color, line_chart, log_ticks, spread, tick_label, ticks


def test_every_colour_has_a_variable_and_a_fallback():
    assert all(value.startswith("var(--") and ", #" in value for value in COLORS.values())
    with pytest.raises(KeyError):
        color("red")


def test_canvas_is_well_formed_and_ids_carry_the_name():
    canvas = Canvas("demo", 100, 50)
    canvas.text(1, 2, "a < b & c")
    canvas.path("M0 0H9", "c0", arrow=True)
    canvas.rect(0, 0, 5, 5, "c1", opacity=0.5)
    canvas.circle(1, 1, 2, title="点")
    root = ET.fromstring(canvas.render())
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert ids == ["demo-figure", "demo-arrow-c0"]
    assert "a < b & c" in "".join(root.itertext())


def test_line_chart_puts_points_where_the_axes_say():
    svg = line_chart("chart", [Series("甲", [(1, 0), (2, 10)]), Series("乙", [(1, 0), (2, 10)])], "横", "纵", y_range=(0, 10))
    root = ET.fromstring(svg)
    paths = [e.get("d") for e in root.iter("{http://www.w3.org/2000/svg}path") if "L" in (e.get("d") or "")]
    assert paths == ["M64.0 288.0L524.0 20.0"] * 2
    labels = [e for e in root.iter("{http://www.w3.org/2000/svg}text") if e.text in {"甲", "乙"}]
    assert abs(float(labels[0].get("y")) - float(labels[1].get("y"))) >= 18, "重合的线名要推开"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0, 10, [0, 2, 4, 6, 8, 10]), (-1, 1, [-1, -0.6, -0.2, 0.2, 0.6, 1.0]), (3, 3, None)],
)
def test_ticks_are_round_numbers(low, high, expected):
    found = ticks(low, high)
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)
    if low == 0:
        assert found == expected


def test_log_ticks_and_labels():
    assert log_ticks(0.5, 200) == [1, 10, 100]
    assert log_ticks(2, 5) == [2, 5]
    assert tick_label(1e6) == "10⁶" and tick_label(-0.5) == "−0.5" and tick_label(1e-4) == "10⁻⁴"


def test_spread_keeps_the_order_and_the_gap():
    out = spread([10, 11, 40], 18)
    assert out[0] == 10 and out[1] == 28 and out[2] >= out[1] + 12
    assert spread([5, 100], 18) == [5, 100]


@pytest.mark.parametrize(("series", "options"), [([Series("空", [])], {}), ([Series("负", [(1, -1), (2, 3)])], {"log_y": True}), ([Series("零", [(0, 1), (2, 3)])], {"log_x": True})])
def test_bad_data_is_refused_with_the_name_of_the_figure(series, options):
    with pytest.raises(ValueError, match="chart"):
        line_chart("chart", series, "x", "y", **options)
