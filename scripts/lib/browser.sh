# shellcheck shell=bash
# What the tests look at pages and pictures with: Chromium, librsvg's program, and axe, which looks for what keeps people out.

AXE=axe-4.12.1.min.js
AXE_SHA256=84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc

browser_is_ready() {
    [ "$WITH_BROWSER" = yes ] || return 0
    [ -n "$(browser_program)" ] && command -v rsvg-convert >/dev/null && is_intact "$CACHE/browser/$AXE" "$AXE_SHA256"
}

browser_program() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || true
}

missing_packages_of_browser() {
    [ "$WITH_BROWSER" = yes ] || return 0
    [ -n "$(browser_program)" ] || package_name chromium chromium
    missing_command rsvg-convert librsvg2-bin librsvg
}

prepare_browser() {
    [ "$WITH_BROWSER" = yes ] || return 0
    is_intact "$CACHE/browser/$AXE" "$AXE_SHA256" && return
    ensure_download "$AXE_WHEEL"
    step "unpacked $AXE" unpack_axe
}

unpack_axe() {
    mkdir -p "$CACHE/browser"
    python3 - "$CACHE/downloads/$AXE_WHEEL" "$CACHE/browser/$AXE.part" <<'PYTHON'
import sys
import zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, open(sys.argv[2], "wb") as file:
    file.write(wheel.read("axe_playwright_python/axe.min.js"))
PYTHON
    mv -f "$CACHE/browser/$AXE.part" "$CACHE/browser/$AXE"
    is_intact "$CACHE/browser/$AXE" "$AXE_SHA256" || fail "unpack $AXE" "its contents are not the pinned ones" "report it"
}
