"""A Chromium without window that keeps a record of what a page asks of the network and of what goes wrong in it."""
import json
import os
import shutil
import sys
import tempfile

BROWSER = os.environ.get("DYADSIM_CHROMIUM", "chromium")
DRIVER = os.environ.get("DYADSIM_CHROMEDRIVER", "chromedriver")


def what_is_missing():
    """Why no page can be opened here, or nothing."""
    try:
        import selenium  # noqa: F401
    except ImportError as error:
        return str(error)
    for program in (BROWSER, DRIVER):
        if shutil.which(program) is None:
            return f"no program {program}"
    return None


class Browser:
    def __init__(self, profile, width):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which(BROWSER)
        for argument in (
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--user-data-dir={profile}", f"--window-size={width},900", "about:blank",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which(DRIVER)))
        self.requests = []
        self.errors = []

    def open(self, page):
        from selenium.webdriver.support.ui import WebDriverWait

        # What the browser asks for its own first page is not the page's.
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get(f"file://{page}")
        ready = "return document.documentElement.dataset.ready === 'yes'"
        WebDriverWait(self.driver, 60).until(lambda driver: driver.execute_script(ready))
        self.settle()

    def settle(self):
        """Waits until what was asked for has been drawn."""
        frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"
        self.driver.execute_async_script(frames)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, f"{selector}: {len(found)} elements"
        return found[0]

    def each(self, selector, expression):
        """A value of every element, in one go: `expression` is of the element `e`."""
        script = f"return [...document.querySelectorAll(arguments[0])].map((e) => {expression})"
        return self.driver.execute_script(script, selector)

    def ink(self, chart, colour, below=None):
        """Rows of the canvas of `chart` that have this colour, in pixels of the page: between the left and the
        right end of every element of `below`, or, without it, anywhere."""
        script = """
            const [chart, colour, below] = arguments;
            const canvas = document.querySelector(`${chart} canvas`);
            const copy = document.createElement("canvas");
            [copy.width, copy.height] = [canvas.width, canvas.height];
            const pixels = copy.getContext("2d", { willReadFrequently: true });
            pixels.drawImage(canvas, 0, 0);
            const box = canvas.getBoundingClientRect();
            const scale = canvas.width / box.width;
            const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
            const rowsOf = (left, width) => {
              const { data } = pixels.getImageData(left, 0, width, canvas.height);
              const has = (pixel) => data[pixel + 3] > 250 && wanted.every((c, i) => Math.abs(data[pixel + i] - c) < 3);
              const rows = new Set();
              for (let at = 0; at < width * canvas.height; at++) if (has(4 * at)) rows.add(Math.floor(at / width) / scale);
              return [...rows];
            };
            if (below === null) return rowsOf(0, canvas.width);
            return [...document.querySelectorAll(below)].map((element) => {
              const own = element.getBoundingClientRect();
              return rowsOf(Math.round((own.left - box.left) * scale), Math.max(1, Math.floor(own.width * scale)));
            });"""
        return self.driver.execute_script(script, chart, colour, below)

    def hover(self, element):
        from selenium.webdriver import ActionChains

        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        ActionChains(self.driver).move_to_element(element).perform()
        self.settle()

    def choose(self, selector, value):
        from selenium.webdriver.support.ui import Select

        Select(self.one(selector)).select_by_value(str(value))
        self.settle()

    def screenshot(self, file, width):
        """The whole page; and that it does not have to be scrolled sideways."""
        self.driver.execute_script("window.scrollTo(0, 0)")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.settle()
        wide, high = self.driver.execute_script(
            "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]")
        assert wide <= width, f"{file}: the page is {wide} pixels wide in a window of {width}"
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**size, "height": high})
        self.settle()
        self.driver.save_screenshot(file)
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.settle()

    def assert_quiet(self):
        """Nothing but the page itself was asked for, and nothing went wrong."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                self.requests.append(message["params"]["url"])
        beyond = [url for url in self.requests if not url.startswith(("file:", "data:"))]
        assert not beyond, f"the page asked the network for {beyond}"
        assert any(url.endswith(".html") for url in self.requests), "no request was recorded at all"
        wrong = [entry["message"] for entry in self.driver.get_log("browser")]
        assert not wrong, f"the console says {wrong}"

    def close(self):
        self.driver.quit()


def with_browser(width, use):
    """Opens a browser with a profile of its own, and closes it whatever happens."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile, width)
        try:
            use(browser)
            browser.assert_quiet()
        finally:
            browser.close()


if __name__ == "__main__":
    reason = what_is_missing()
    sys.exit(reason)
