#!/usr/bin/env bash
# The packages on booted machines: see tests/systemd/run.
source "$(dirname "$0")/report"
if ! is_root; then
    skip systemd "booting a machine needs root"
    exit 0
fi
need_apt systemd debhelper dpkg-dev rpm || exit 0
exec tests/systemd/run
