#!/bin/sh
# Installs what some tests need beside a JDK: Debian's Chromium and its driver for the console's browser tests.
# Where this cannot be done, those tests say that they are skipped.
set -eu

if [ -x /usr/bin/chromium ] && [ -x /usr/bin/chromedriver ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The console's browser tests will be skipped: install chromium and chromium-driver to run them." >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends chromium chromium-driver >/dev/null ||
  echo "Chromium could not be installed: the console's browser tests will be skipped." >&2
