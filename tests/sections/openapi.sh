#!/usr/bin/env bash
exec "$(dirname "$0")/../openapi/run"
