"""Opens and clicks the page of a sweep: check_sweep.py PAGE EXPECTED.json SCREENSHOTS."""
import json
import statistics
import sys

from browser import with_browser


def mean(values):
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def close(found, expected):
    return abs(found - expected) <= 2e-6 * max(1e-9, abs(expected))


def cells_of(browser):
    """Every cell of the map: what it says in words, and the number it is coloured by."""
    return browser.each("#figure-map .cell", "[e.getAttribute('aria-label'), e.dataset.value]")


def check_map(browser, expected, metric):
    """Every cell shows the mean over the replicates of the file."""
    cells = cells_of(browser)
    assert len(cells) == len(expected["cells"]), cells
    for words, value in cells:
        cell = [c for c in expected["cells"] if words.startswith(c["name"] + ",")]
        assert len(cell) == 1, f"{words!r} is none of {[c['name'] for c in expected['cells']]}"
        wanted = mean(cell[0][metric])
        assert (value == "") if wanted is None else close(float(value), wanted), f"{metric} at {words}: {value}, the file has {wanted}"


def check_hover(browser, expected):
    """The tooltip of a cell tells the mean of the file, and the ends of a standard deviation around it."""
    at = next(k for k, c in enumerate(expected["cells"]) if None not in c["test_accuracy"])
    cell = expected["cells"][at]
    place = next(e for e in browser.all("#figure-map .cell") if e.get_attribute("aria-label").startswith(cell["name"] + ","))
    assert not browser.one("#tip").is_displayed()
    browser.hover(place)
    tip = browser.one("#tip")
    assert tip.is_displayed()
    values = cell["test_accuracy"]
    deviation = statistics.stdev(values)
    percent = [f"{100 * (mean(values) + side * deviation):.2f} %" for side in (0, -1, 1)]
    for text in (cell["name"], "(standard deviation)", *percent):
        assert text in tip.text, f"{text!r} is not in the tooltip {tip.text!r}"


def rows_of(browser):
    return [int(index) for index in browser.each("#points-body tr", "e.dataset.point")]


def check_sorting(browser, expected):
    """A click on a header sorts by its column, another the other way round; what is missing comes last."""
    accuracy = [p["test_accuracy"] for p in expected["points"]]
    assert rows_of(browser) == list(range(len(accuracy)))
    header = '#points-head th[data-column="test accuracy"]'
    for down in (False, True):
        browser.one(f"{header} button").click()
        sign = -1 if down else 1
        wanted = sorted(range(len(accuracy)), key=lambda k: (accuracy[k] is None, sign * (accuracy[k] or 0), k))
        assert rows_of(browser) == wanted, f"{rows_of(browser)}, but by the file {wanted}"
        assert browser.one(header).get_attribute("aria-sort") == ("descending" if down else "ascending")
    assert wanted != list(range(len(accuracy))), "the points were sorted before"


def check_filter(browser, expected):
    """Only rows with the text stay, or with the status."""
    from selenium.webdriver.common.keys import Keys

    browser.one("#filter-text").send_keys("dp_transpose")
    wanted = {p["index"] for p in expected["points"] if "dp_transpose" in p["name"]}
    assert wanted and set(rows_of(browser)) == wanted
    browser.one("#filter-text").send_keys(*[Keys.BACKSPACE] * len("dp_transpose"))
    assert len(rows_of(browser)) == len(expected["points"])
    browser.choose("#filter-status", 2)
    wanted = {p["index"] for p in expected["points"] if p["status"] == 2}
    assert wanted and set(rows_of(browser)) == wanted, "the points that diverged"
    browser.choose("#filter-status", "")
    assert len(rows_of(browser)) == len(expected["points"])


def check_row(browser, expected):
    """A row chooses its cell and shows the settings of its point."""
    point = expected["points"][-1]
    pressed = '#figure-map .cell[aria-pressed="true"]'
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", browser.one(f'#points-body tr[data-point="{point["index"]}"]'))
    browser.one(f'#points-body tr[data-point="{point["index"]}"] button').click()
    browser.settle()
    detail = browser.one("#point-detail").text
    for key, value in point["settings"].items():
        text = value if isinstance(value, str) else f"{value:g}"
        assert f"{key}\n{text}\n" in detail, f"{key} = {text} is not in {detail!r}"
    chosen = browser.each(pressed, "e.getAttribute('aria-label')")
    assert any(words.startswith(point["name"] + ",") for words in chosen), chosen
    assert browser.one("#points-body tr.opened").get_attribute("data-point") == str(point["index"])


def check_keyboard(browser):
    """The map is one stop of the Tab key; arrows move within it, Enter chooses."""
    from selenium.webdriver.common.keys import Keys

    assert browser.each("#figure-map .cell", "e.getAttribute('tabindex')").count("0") == 1
    browser.driver.execute_script("document.querySelector('#figure-map .cell[tabindex=\"0\"]').focus()")
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    moved = browser.driver.switch_to.active_element.get_attribute("aria-label")
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.settle()
    assert moved in browser.each('#figure-map .cell[aria-pressed="true"]', "e.getAttribute('aria-label')")


def check_lines(browser, chart):
    """Every entry of the legend is an own colour, and some of these lines are to be seen."""
    entries = browser.each(f"{chart} .u-series:not(.edge) .u-marker", "getComputedStyle(e).borderBottomColor")
    colours = ["#" + "".join(f"{int(c):02x}" for c in entry[4:-1].split(",")) for entry in entries]
    assert colours and len(set(colours)) == len(colours), entries
    assert any(len(browser.ink(chart, colour)) > 2 for colour in colours), f"{chart} has no line"


def main(page, expected_file, screenshots):
    with open(expected_file, encoding="utf-8") as file:
        expected = json.load(file)

    def use(browser):
        browser.open(page)
        assert browser.one("h1").text == expected["title"]
        check_map(browser, expected, "test_accuracy")
        check_hover(browser, expected)
        check_sorting(browser, expected)
        check_filter(browser, expected)
        check_row(browser, expected)
        check_keyboard(browser)
        before = cells_of(browser)
        browser.choose("#choose-metric", "test_loss")
        assert cells_of(browser) != before
        check_map(browser, expected, "test_loss")
        browser.choose("#choose-x", browser.one("#choose-y").get_attribute("value"))
        check_map(browser, expected, "test_loss")
        browser.choose("#choose-metric", "test_accuracy")
        for chart in ("#figure-course", "#figure-curves"):
            check_lines(browser, chart)
        browser.screenshot(f"{screenshots}/sweep-wide.png", 1280)
        browser.screenshot(f"{screenshots}/sweep-narrow.png", 420)

    with_browser(1280, use)


main(*sys.argv[1:])
