#!/usr/bin/env bash
# What /metrics answers, the packaged alerts and the dashboard, judged by Prometheus' own `promtool`.
source "$(dirname "$0")/report"
need_apt metrics prometheus || exit 0
check "metrics: promtool takes the packaged alerts" promtool check rules packaging/prometheus/zephyr-alerts.yml
check "metrics: the alerts fire when they should, and else not" promtool test rules tests/prometheus/alerts.yml
cargo build --locked -p zephyrd -p zephyrctl
ZEPHYR_BIN_DIR=$(realpath "${CARGO_TARGET_DIR:-target}/debug")
export ZEPHYR_BIN_DIR
cargo_tests metrics -p zephyr-tests --locked --test prometheus
