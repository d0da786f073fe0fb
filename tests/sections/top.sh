#!/usr/bin/env bash
source "$(dirname "$0")/report"
need_apt top tmux || exit 0
cargo build --locked -p zephyrd -p zephyrctl
ZEPHYR_BIN_DIR=$(realpath "${CARGO_TARGET_DIR:-target}/debug")
export ZEPHYR_BIN_DIR
cargo_tests top -p zephyr-tests --locked --test top
