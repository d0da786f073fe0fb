#!/usr/bin/env bash
source "$(dirname "$0")/report"
check "cargo fmt" cargo fmt --all --check
