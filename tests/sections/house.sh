#!/usr/bin/env bash
source "$(dirname "$0")/report"
cargo build --locked -p zephyrd
cargo_tests house -p zephyr-tests --locked --test house
