"""Opens and clicks the page of a run: check_run.py PAGE EXPECTED.json SCREENSHOTS."""
import json
import struct
import sys

from browser import with_browser


def single(x):
    """As it is in single precision."""
    return struct.unpack("f", struct.pack("f", x))[0]


def units_of(browser):
    fields = ", ".join(f"Number(e.dataset.{name})" for name in ("unit", "plus", "minus", "mean", "difference"))
    return browser.each("#states-chart .unit", f"[{fields}]")


def check_states(browser, expected, layer, step, update, sample):
    """Every unit shows what the trace holds."""
    states = expected["layers"][layer]
    found = units_of(browser)
    assert len(found) == states["units"], f"{len(found)} units"
    _, updates, samples, units = states["shape"]
    for unit, plus, minus, mean, difference in found:
        at = ((step * updates + update) * samples + sample) * units + int(unit)
        p, m = single(states["s_plus"][at]), single(states["s_minus"][at])
        assert (plus, minus) == (p, m), f"unit {unit}: {plus}, {minus}, but the trace has {p}, {m}"
        assert abs(difference - (p - m)) < 1e-12
        assert abs(mean - (states["alpha"] * p + (1 - states["alpha"]) * m)) < 1e-12


PLUS, MINUS, DIFFERENCE = "#d55e00", "#0072b2", "#009e73"
STATES, DIFFERENCES = "#states-chart > div:nth-child(1)", "#states-chart > div:nth-child(2)"


def check_heights(browser):
    """Marks stand where their values are: height is a straight line of the value, the same for s+ and s-."""
    units = units_of(browser)
    minus = [(unit[2], min(rows), max(rows)) for unit, rows in zip(units, browser.ink(STATES, MINUS, ".unit"), strict=True)]
    low, high = min(minus), max(minus)
    assert high[0] > low[0]
    # A triangle reaches as far next to its value for every unit.
    slope = (high[1] - low[1]) / (high[0] - low[0])
    assert slope < 0, "larger values must stand higher"
    for value, top, bottom in minus:
        for found, edge in ((top, low[1]), (bottom, low[2])):
            assert abs(found - (edge + slope * (value - low[0]))) <= 1.5, (value, top, bottom)
    # s+ is a triangle the other way up, below that of s-; both reach some four pixels from their value.
    seen = 0
    for unit, rows in zip(units, browser.ink(STATES, PLUS, ".unit"), strict=True):
        middle = (low[1] + low[2]) / 2 + slope * (unit[1] - low[0])
        assert all(abs(row - middle) <= 6 for row in rows), (unit, rows, middle)
        seen += bool(rows)
    assert seen > len(units) / 2, f"{seen} marks of s+ are to be seen"


def check_scale(browser):
    """Ranges of what is shown fill the charts: the states but for a margin of 6 % at both ends, the differences but for 4 %."""
    browser.choose("#choose-scale", "now")
    units = units_of(browser)
    room = browser.each("#states-chart .u-over", "e.clientHeight")
    states = [0, *(value for unit in units for value in unit[1:3])]
    slope = room[0] / (1.12 * (max(states) - min(states)))
    minus = [(unit[2], min(rows)) for unit, rows in zip(units, browser.ink(STATES, MINUS, ".unit"), strict=True)]
    (low, bottom), (high, top) = min(minus), max(minus)
    assert abs((bottom - top) - slope * (high - low)) <= 2, (bottom, top, slope, high, low)
    tallest = max(len(rows) for rows in browser.ink(DIFFERENCES, DIFFERENCE, ".unit"))
    assert abs(tallest - room[1] / 2 / 1.04) <= 2, (tallest, room)


def check_bars(browser):
    """Bars of the differences are as high as they are large, above zero and below it."""
    units = units_of(browser)
    bars = list(zip([unit[4] for unit in units], browser.ink(DIFFERENCES, DIFFERENCE, ".unit"), strict=True))
    most, rows = max(bars, key=lambda bar: abs(bar[0]))
    assert most != 0 and len(rows) > 20, (most, rows)
    zero = max(rows) if most > 0 else min(rows)
    for difference, rows in bars:
        expected = abs(difference / most) * len(next(r for d, r in bars if d == most))
        assert abs(len(rows) - expected) <= 2, (difference, len(rows), expected)
        if expected > 3:
            assert (sum(rows) / len(rows) < zero) == (difference > 0), (difference, rows, zero)


def slide(browser, selector, keys):
    browser.one(selector).send_keys(*keys)
    browser.settle()


def check_keyboard(browser, text):
    """The arrows move through the values of a chart."""
    from selenium.webdriver.common.keys import Keys

    browser.driver.execute_script("document.querySelector('[data-chart=\"accuracy\"] .u-over').focus()")
    focused = browser.driver.switch_to.active_element
    focused.send_keys(*[Keys.ARROW_LEFT] * 9)
    browser.settle()
    assert browser.one("#tip").text.startswith("0\n"), browser.one("#tip").text
    focused.send_keys(*[Keys.ARROW_RIGHT] * 9)
    browser.settle()
    assert text in browser.one("#tip").text, browser.one("#tip").text
    focused.send_keys(Keys.ESCAPE)
    browser.settle()
    assert not browser.one("#tip").is_displayed()


def check_legend(browser):
    """The legend hides a line and shows it again."""
    from selenium.webdriver.common.keys import Keys

    chart = '[data-chart="accuracy"]'
    lines = browser.each(f"{chart} .u-series th", "e.textContent")
    assert lines == ["train", "test"], lines
    before = len(browser.ink(chart, PLUS))
    assert before > 20
    for shown in (False, True):
        browser.all(f"{chart} .u-series th")[1].send_keys(Keys.ENTER)
        browser.settle()
        assert len(browser.ink(chart, PLUS)) == (before if shown else 0)
        assert browser.each(f"{chart} .u-series th", "e.ariaPressed") == ["true", str(shown).lower()]


def main(page, expected_file, screenshots):
    from selenium.webdriver.common.keys import Keys

    with open(expected_file, encoding="utf-8") as file:
        expected = json.load(file)

    def use(browser):
        browser.open(page)
        steps, updates = expected["layers"][0]["shape"][:2]
        check_states(browser, expected, 0, steps - 1, updates - 1, 0)
        last = units_of(browser)
        slide(browser, "#slide-step", [Keys.HOME])
        assert units_of(browser) != last, "the step slider moves nothing"
        check_states(browser, expected, 0, 0, updates - 1, 0)
        slide(browser, "#slide-step", [Keys.ARROW_RIGHT])
        check_states(browser, expected, 0, 1, updates - 1, 0)
        assert str(expected["steps"][1]) in browser.one("#slide-step-value").text
        assert f"class {expected['labels'][1][0]}" in browser.one("#states-stimulus").text
        slide(browser, "#slide-update", [Keys.HOME])
        check_states(browser, expected, 0, 1, 0, 0)
        slide(browser, "#slide-update", [Keys.ARROW_RIGHT] * 2)
        check_states(browser, expected, 0, 1, 2, 0)
        browser.choose("#choose-stimulus", 1)
        check_states(browser, expected, 0, 1, 2, 1)
        check_heights(browser)
        check_scale(browser)
        check_heights(browser)
        check_bars(browser)
        browser.choose("#choose-states-layer", 1)
        check_states(browser, expected, 1, 1, 2, 1)
        browser.choose("#choose-order", "difference")
        differences = [unit[4] for unit in units_of(browser)]
        assert differences == sorted(differences)
        slide(browser, "#slide-update", [Keys.END])
        browser.hover(browser.all("#states-chart .unit")[0])
        unit = units_of(browser)[0]
        tip = browser.one("#tip").text
        assert f"unit {int(unit[0])}" in tip and "s⁺" in tip, tip
        charts = browser.each("#run-figures .chart", "e.dataset.chart")
        assert charts == ["accuracy", "loss", "angle to backprop", "another measurement"], charts
        # The tooltip of the curves tells the accuracy of the last epoch.
        over = browser.all('[data-chart="accuracy"] .u-over')[0]
        browser.hover(over)
        from selenium.webdriver import ActionChains
        ActionChains(browser.driver).move_to_element_with_offset(over, over.size["width"] // 2 - 2, 0).perform()
        browser.settle()
        text = f"test: {100 * expected['test_accuracy']:.2f} %"
        assert text in browser.one("#tip").text, f"{text} is not in {browser.one('#tip').text!r}"
        check_keyboard(browser, text)
        check_legend(browser)
        browser.screenshot(f"{screenshots}/run-wide.png", 1280)
        browser.screenshot(f"{screenshots}/run-narrow.png", 420)

    with_browser(1280, use)


main(*sys.argv[1:])
