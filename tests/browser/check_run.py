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


def check_states(browser, expected, layer, step, visit, sample):
    """Every unit shows what the trace holds."""
    states = expected["layers"][layer]
    found = units_of(browser)
    assert len(found) == states["units"], f"{len(found)} units"
    _, visits, samples, units = states["shape"]
    for unit, plus, minus, mean, difference in found:
        at = ((step * visits + visit) * samples + sample) * units + int(unit)
        p, m = single(states["s_plus"][at]), single(states["s_minus"][at])
        assert (plus, minus) == (p, m), f"unit {unit}: {plus}, {minus}, but the trace has {p}, {m}"
        assert abs(difference - (p - m)) < 1e-12
        assert abs(mean - (states["alpha"] * p + (1 - states["alpha"]) * m)) < 1e-12


def check_heights(browser):
    """Marks stand where their values are: height is a straight line of the value, the same for s+ and s-."""
    places = browser.each("#states-chart .unit", "[Number(e.dataset.mean), Number(e.querySelector('.mean').getAttribute('y1'))]")
    low, high = min(places), max(places)
    assert high[0] > low[0]
    slope = (high[1] - low[1]) / (high[0] - low[0])
    assert slope < 0, "larger values must stand higher"
    for value, y in places:
        assert abs(y - (low[1] + slope * (value - low[0]))) < 0.01, (value, y)


def slide(browser, selector, keys):
    browser.one(selector).send_keys(*keys)
    browser.settle()


def main(page, expected_file, screenshots):
    from selenium.webdriver.common.keys import Keys

    with open(expected_file, encoding="utf-8") as file:
        expected = json.load(file)

    def use(browser):
        browser.open(page)
        steps, visits = expected["layers"][0]["shape"][:2]
        check_states(browser, expected, 0, steps - 1, visits - 1, 0)
        last = units_of(browser)
        slide(browser, "#slide-step", [Keys.HOME])
        assert units_of(browser) != last, "the step slider moves nothing"
        check_states(browser, expected, 0, 0, visits - 1, 0)
        slide(browser, "#slide-step", [Keys.ARROW_RIGHT])
        check_states(browser, expected, 0, 1, visits - 1, 0)
        assert str(expected["steps"][1]) in browser.one("#slide-step-value").text
        assert f"class {expected['labels'][1][0]}" in browser.one("#states-stimulus").text
        slide(browser, "#slide-visit", [Keys.HOME])
        check_states(browser, expected, 0, 1, 0, 0)
        slide(browser, "#slide-visit", [Keys.ARROW_RIGHT] * 2)
        check_states(browser, expected, 0, 1, 2, 0)
        browser.choose("#choose-stimulus", 1)
        check_states(browser, expected, 0, 1, 2, 1)
        check_heights(browser)
        browser.choose("#choose-states-layer", 1)
        check_states(browser, expected, 1, 1, 2, 1)
        browser.choose("#choose-order", "difference")
        differences = [unit[4] for unit in units_of(browser)]
        assert differences == sorted(differences)
        slide(browser, "#slide-visit", [Keys.END])
        browser.hover(browser.all("#states-chart .unit")[0])
        unit = units_of(browser)[0]
        tip = browser.one("#tip").text
        assert f"unit {int(unit[0])}" in tip and "s⁺" in tip, tip
        charts = browser.each("#run-figures .chart", "e.dataset.chart")
        assert charts == ["accuracy", "loss", "angle to backprop", "another measurement"], charts
        # The tooltip of the curves tells the accuracy of the last epoch.
        over = browser.all('[data-chart="accuracy"] .over')[0]
        browser.hover(over)
        from selenium.webdriver import ActionChains
        ActionChains(browser.driver).move_to_element_with_offset(over, over.size["width"] // 2 - 2, 0).perform()
        browser.settle()
        text = f"test: {100 * expected['test_accuracy']:.2f} %"
        assert text in browser.one("#tip").text, f"{text} is not in {browser.one('#tip').text!r}"
        browser.screenshot(f"{screenshots}/run-wide.png", 1280)
        browser.screenshot(f"{screenshots}/run-narrow.png", 420)

    with_browser(1280, use)


main(*sys.argv[1:])
