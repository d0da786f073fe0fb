#!/usr/bin/env bash
source "$(dirname "$0")/report"
cargo build --locked -p zephyrd -p zephyrctl
ZEPHYR_BIN_DIR=$(realpath "${CARGO_TARGET_DIR:-target}/debug")
export ZEPHYR_BIN_DIR
# What needs root is ignored without it.
root=()
if is_root; then root=(-- --include-ignored); fi
cargo_tests e2e -p zephyr-tests --locked --lib --bins --test e2e "${root[@]}"
