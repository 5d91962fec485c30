#!/usr/bin/env bash
# Cargo calls this instead of rustc for the workspace's own crates, so that only they are instrumented and all
# dependencies are shared with the ordinary build. Not plain sh, because Debian's drops environment variables such as
# CARGO_BIN_EXE_test-cluster.
exec "$@" -C instrument-coverage
