#!/usr/bin/env python3
"""Looks at a page in a browser, and prints what was seen as JSON.

usage: page_check.py CHROMIUM PAGE.html [--axe AXE.js] [--pictures FOLDER] [--zoom]

  requests   addresses that were asked for, but for the page itself and what it made (blob:, data:)
  errors     exceptions and errors on the console
  played     seconds of sound that went by in two seconds of playing; null for a page without sound
  word       the start of a word in milliseconds, and the position after it was clicked
  keys       positions after keys
  axe        rules that are violated, by impact; null without --axe
  frames     with --zoom: milliseconds of work a frame on the main thread, while zooming and moving
"""
import argparse
import json
import pathlib
import time

from browser import Browser


def frames(browser):
    """Zooms from all to milliseconds and back, moves, and tells what each frame cost: the script's own count, and the browser's of whole tasks."""
    browser.value("cueline.costs.length = 0, cueline.setView(0, 1e15)")
    browser.value("""window.tasks = []; new PerformanceObserver(list => tasks.push(...list.getEntries().map(e => e.duration)))
        .observe({type: 'longtask', buffered: false})""")
    box = browser.value("(() => { const b = document.getElementById('lanes').getBoundingClientRect(); return [b.x, b.y, b.width, b.height] })()")
    x, y = box[0] + box[2] * .37, box[1] + box[3] / 2
    for direction in [-60, 60]:
        for step in range(220):
            browser.wheel(x, y, direction)
            if step % 5 == 0:
                browser.wheel(x, y, 0, across=40)
    time.sleep(.3)
    costs = sorted(browser.value("cueline.costs"))
    place = lambda share: costs[min(len(costs) - 1, int(len(costs) * share))]
    return {"count": len(costs), "median": place(.5), "p95": place(.95), "p99": place(.99), "worst": costs[-1],
            "long_tasks": browser.value("tasks")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chromium")
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--axe", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    parser.add_argument("--zoom", action="store_true")
    options = parser.parse_args()
    found = {}
    with Browser(options.chromium) as browser:
        for domain in ["Page", "Runtime", "Log", "Network"]:
            browser.ask(domain + ".enable")
        browser.ask("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
        start = time.monotonic()
        browser.ask("Page.navigate", url=options.page.resolve().as_uri())
        browser.until("document.documentElement?.dataset.ready === 'true'", 120)
        found["seconds_to_ready"] = time.monotonic() - start
        found["counts"] = browser.value("cueline.counts")

        has_sound = not browser.value("document.getElementById('play').disabled")
        found["played"] = None
        if has_sound:
            browser.until("cueline.audio.readyState >= 2", 30)
            found["sound_seconds"] = browser.value("cueline.audio.duration")
            found["played"] = browser.played()

        word = browser.value("""(() => { const w = [...document.querySelectorAll('#words span[data-w]')][3]; if (!w) return null;
            w.scrollIntoView({block: 'center'}); const b = w.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, w.textContent] })()""")
        found["word"] = None
        if word:
            browser.click(word[0], word[1])
            found["word"] = {"text": word[2], "position": browser.value("cueline.position"),
                             "highlighted": browser.value("document.querySelector('#words .now')?.textContent ?? null")}
        browser.value("scrollTo(0, 0), document.getElementById('position').focus()")
        found["keys"] = {}
        for key in ["Home", "n", "b", "End", "ArrowLeft"]:
            browser.key(key)
            found["keys"][key] = browser.value("cueline.position")
        browser.key("Home")
        found["spoken"] = browser.value("document.getElementById('position').getAttribute('aria-valuetext')")

        if options.zoom:
            found["frames"] = frames(browser)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            browser.value("cueline.setView(0, 1e15), cueline.seek(0)")
            for scheme in ["light", "dark"]:
                browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                time.sleep(.4)
                browser.picture(options.pictures / f"{options.page.stem}-{scheme}.png")
            browser.ask("Emulation.setEmulatedMedia", features=[])
            browser.value("cueline.setView(cueline.position + 24000, cueline.position + 32000)")
            time.sleep(.4)
            browser.picture(options.pictures / f"{options.page.stem}-near.png")
        found["axe"] = browser.violations(options.axe) if options.axe else None
        found["requests"] = browser.requests(options.page.resolve().as_uri())
        found["errors"] = browser.complaints()
    print(json.dumps(found, indent=1))


main()
