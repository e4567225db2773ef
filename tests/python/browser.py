"""usage: browser.py SHOTS PAGE...: what a real browser says of pages, each wide and narrow, light and dark, and printed.

Prints JSON: a list with an object a page; null where there is no chromium. Screenshots go into the folder SHOTS.
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LOOK = """(() => {
  const wide = [...document.querySelectorAll('body *')].filter(e => {
    if (e.closest('.wide, pre')) return false;
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
  }).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className));
  const luminance = c => c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const colour = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$|transparent/.test(c)) return colour(c);
    }
    return [255, 255, 255];
  };
  const faint = [...document.querySelectorAll('p, td, th, a, li, figcaption, summary, code, span, text')].filter(e => {
    if (!e.textContent.trim()) return false;
    const style = getComputedStyle(e);
    const [a, b] = [luminance(colour(e.tagName === 'text' ? style.fill : style.color)), luminance(ground(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  }).map(e => e.tagName + ': ' + e.textContent.trim().slice(0, 40));
  const small = [...document.querySelectorAll('svg.plot text')].filter(e => Math.max(e.getBoundingClientRect().height, e.getBoundingClientRect().width) < 9).length;
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  return {
    title: document.title, wide, faint: faint.slice(0, 9), small,
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
    pictures: document.images.length,
    broken: [...document.images].filter(i => !i.complete || !i.naturalWidth || i.naturalWidth > 640).length,
    unnamed: [...document.images].filter(i => !i.alt).length
      + [...document.querySelectorAll('svg[role=img]')].filter(s => !s.getAttribute('aria-label') && !s.querySelector('title')).length,
    plots: [...document.querySelectorAll('svg.plot')].filter(s => s.getBoundingClientRect().height > 60).length,
    height: document.documentElement.scrollHeight,
  };
})()"""


class Browser:
    """Chromium without a window, spoken to through two pipes."""

    def __init__(self, program, profile):
        to_it, ours = os.pipe()
        theirs, from_it = os.pipe()[::-1]
        arguments = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank",
        ]

        def pipes():
            read, write = os.dup(to_it), os.dup(theirs)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            arguments, close_fds=False, preexec_fn=pipes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_it)
        os.close(theirs)
        self.ours, self.from_it = os.fdopen(ours, "wb", 0), os.fdopen(from_it, "rb", 0)
        self.number, self.events, self.rest = 0, [], b""

    def message(self):
        while b"\0" not in self.rest:
            more = self.from_it.read(1 << 20)
            if not more:
                raise SystemExit("the browser ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **parameters):
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        self.ours.write(json.dumps(call).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def until(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message())


def look(browser, page, shots):
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ["Page", "Runtime", "Log", "Network"]:
        browser.call(f"{domain}.enable", session)
    browser.events.clear()
    address = page.resolve().as_uri()
    started = time.monotonic()
    browser.call("Page.navigate", session, url=address)
    browser.until("Page.loadEventFired")
    told = {"page": page.name, "bytes": page.stat().st_size, "seconds": time.monotonic() - started, "views": []}
    for width in [1280, 400]:
        for scheme in ["light", "dark"]:
            media = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.call("Emulation.setEmulatedMedia", session, media="screen", features=media)
            browser.call(
                "Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1, mobile=False
            )
            seen = browser.call("Runtime.evaluate", session, expression=LOOK, returnByValue=True)["result"]["value"]
            told["views"].append({"width": width, "scheme": scheme, **seen})
            clip = {"x": 0, "y": 0, "width": width, "height": min(seen["height"], 9000), "scale": 1}
            shot = browser.call(
                "Page.captureScreenshot", session, format="png", clip=clip, captureBeyondViewport=True
            )["data"]
            (shots / f"{page.parent.name}-{width}-{scheme}.png").write_bytes(base64.b64decode(shot))
    paper = base64.b64decode(browser.call("Page.printToPDF", session, printBackground=True)["data"])
    told["paper"] = paper[:5].decode("latin-1")
    told["asked"] = sorted({
        event["params"]["request"]["url"][:200] for event in browser.events
        if event.get("method") == "Network.requestWillBeSent"
        and not event["params"]["request"]["url"].startswith(("data:", address))
    })
    told["complaints"] = [
        json.dumps(event["params"])[:400] for event in browser.events
        if event.get("method") in ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"]
    ]
    browser.call("Target.closeTarget", targetId=target)
    return told


def main():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        return print("null")
    shots = Path(sys.argv[1])
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            print(json.dumps([look(browser, Path(page), shots) for page in sys.argv[2:]]))
        finally:
            browser.process.kill()
            browser.process.wait()


main()
