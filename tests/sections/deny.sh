#!/usr/bin/env bash
source "$(dirname "$0")/report"
# Building cargo-deny takes longer than all other sections together, and its advisories need a network; licences
# and sources are checked without it, from the same deny.toml, by the house tests.
if ! command -v cargo-deny >/dev/null; then
    skip_always "cargo deny" "cargo-deny is not installed (licences and sources are checked by the house tests)"
    exit 0
fi
check "cargo deny" cargo deny --all-features check
