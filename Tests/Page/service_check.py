#!/usr/bin/env python3
"""Uses the service's page as a person would, and prints what was seen as JSON.

usage: service_check.py CHROMIUM ADDRESS --tenant T --env E [--token TOKEN] [--file RECORDING] [--artifact ID] [--stop] [--axe AXE.js] [--pictures FOLDER]

With a recording it is sent and analysed; --stop stops that analysis as soon as it runs. Else the artifact is opened by its address.

  progress   values of the progress bar while the job ran, each different from the one before
  title      what the page calls the recording
  address    where the page is in the end
  counts     events by kind; null without a timeline
  played     seconds of sound that went by in two seconds of playing
  waveform   whether there is an outline of the sound
  trouble    what the page says is wrong
  listed     names in the list of recordings
  axe        rules that are violated, by impact
  outside    addresses that were asked for elsewhere
  errors     exceptions and errors on the console
"""
import argparse
import json
import pathlib
import time

from browser import Browser

TROUBLE = "document.getElementById('trouble').textContent"
READY = "document.documentElement.dataset.ready === 'true'"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chromium")
    parser.add_argument("address")
    for name in ["tenant", "env", "token", "artifact"]:
        parser.add_argument("--" + name, default="")
    for name in ["file", "axe", "pictures"]:
        parser.add_argument("--" + name, type=pathlib.Path)
    parser.add_argument("--stop", action="store_true")
    options = parser.parse_args()
    found = {"progress": [], "counts": None, "played": None, "waveform": False, "axe": None, "listed": []}
    with Browser(options.chromium) as browser:
        for domain in ["Page", "Runtime", "Log", "Network", "DOM"]:
            browser.ask(domain + ".enable")
        browser.ask("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)

        def picture(name):
            if options.pictures:
                options.pictures.mkdir(parents=True, exist_ok=True)
                browser.picture(options.pictures / f"{name}.png")

        def enter(name, value):
            browser.value(f"document.getElementById('{name}').focus(), document.getElementById('{name}').select()")
            browser.ask("Input.insertText", text=value)

        if options.artifact:
            query = f"?tenant_id={options.tenant}&env={options.env}&artifact_id={options.artifact}"
            browser.ask("Page.navigate", url=options.address + query)
            browser.until(f"document.readyState === 'complete' && ({READY} || {TROUBLE} !== '')", 60)
        else:
            browser.ask("Page.navigate", url=options.address)
            browser.until("document.readyState === 'complete'")
            picture("door")
            for name in ["tenant", "env", "token"]:
                enter(name, getattr(options, name))
            browser.value("document.querySelector('#who button').click()")
            listed = f"!document.getElementById('recordings').hidden || {TROUBLE} !== ''"
            browser.until(listed)
            picture("list")
            found["listed"] = browser.value("[...document.querySelectorAll('#assets tr td:first-child')].map(c => c.textContent)")
        if options.file:
            node = browser.ask("DOM.querySelector", nodeId=browser.ask("DOM.getDocument")["root"]["nodeId"], selector="#file")
            browser.ask("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(options.file.resolve())])
            browser.value("document.querySelector('#send button').click()")
            end = time.monotonic() + 120
            while not browser.value(f"{READY} || {TROUBLE} !== ''") and time.monotonic() < end:
                share = browser.value("document.getElementById('doing').textContent === 'Analysing' ? document.getElementById('done').value : null")
                if share is not None and found["progress"][-1:] != [share]:
                    found["progress"].append(share)
                    if 0.2 < share:
                        picture("working")
                if options.stop and share is not None and browser.value("!document.getElementById('work').hidden && !document.getElementById('stop').hidden"):
                    browser.value("document.getElementById('stop').click()")
                time.sleep(.01)
        if browser.value(READY):
            found["counts"] = browser.value("cueline.counts")
            browser.until("document.documentElement.dataset.sound === 'true'", 60)
            browser.until("!document.getElementById('play').disabled", 20)
            time.sleep(.3)
            # The rows without an outline: loudness, speech, three other kinds, beats.
            found["waveform"] = browser.value("Number(document.getElementById('lanes').dataset.height)") > 24 + 58 + 46 + 3 * 26 + 40 + 4
            found["played"] = browser.played()
            picture("timeline")
        found["title"] = browser.value("document.title")
        found["address"] = browser.value("location.href")
        found["trouble"] = browser.value(TROUBLE)
        if options.axe:
            found["axe"] = browser.violations(options.axe)
        found["outside"] = browser.requests(options.address)
        found["errors"] = browser.complaints("status of 40")
    print(json.dumps(found, indent=1))


main()
