#!/usr/bin/env bash
# Cargo calls this in rustc's place for the workspace's own crates, so that only they count and all dependencies are
# shared with the ordinary build. Not plain sh: Debian's drops variables such as CARGO_BIN_EXE_test-cluster.
exec "$@" -C instrument-coverage
