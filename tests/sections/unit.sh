#!/usr/bin/env bash
source "$(dirname "$0")/report"
cargo_tests unit --workspace --exclude zephyr-tests --locked
