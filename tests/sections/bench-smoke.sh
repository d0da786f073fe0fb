#!/usr/bin/env bash
source "$(dirname "$0")/report"
# Shows that the bench works, with tiny counts and the programs of the other sections: its numbers mean nothing.
need_apt bench-smoke nginx-light haproxy || exit 0
cargo build --locked -p zephyrd -p zephyrctl -p zephyr-bench
bin_dir=$(realpath "${CARGO_TARGET_DIR:-target}/debug")
check "bench-smoke" "$bin_dir/zephyr-bench" --smoke --bin-dir "$bin_dir"
