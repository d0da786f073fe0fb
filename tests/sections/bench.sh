#!/usr/bin/env bash
source "$(dirname "$0")/report"
# The full bench: minutes, no thresholds. The tables are for the README, the judgement is the reader's.
need_apt bench nginx-light haproxy || exit 0
cargo build --release --locked -p zephyrd -p zephyrctl -p zephyr-bench
bin_dir=$(realpath "${CARGO_TARGET_DIR:-target}/release")
litellm=()
venv=$(cache_dir)/litellm
if [ -x "$venv/bin/litellm" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q 'litellm[proxy]==1.106.2'; }; then
    litellm=(--litellm "$venv/bin/litellm")
else
    skip_always "bench: litellm" "pip could not install it"
fi
check "bench" "$bin_dir/zephyr-bench" --bin-dir "$bin_dir" "${litellm[@]}" --out "${TMPDIR:-/tmp}/zephyr-bench.md"
