#!/usr/bin/env bash
source "$(dirname "$0")/report"
check "cargo clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
