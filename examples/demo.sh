#!/bin/sh
# Learn names in two processes and ask what was learned. `make demo` runs this; its database is .demo/names.db.
set -eu
cd "$(dirname "$0")/.."
rm -rf .demo
mkdir .demo

plasticdb() {
    printf '\n$ plasticdb --db .demo/names.db %s\n' "$*"
    .venv/bin/plasticdb --db .demo/names.db "$@" --format table # as on a terminal, wherever this is shown
}

plasticdb ingest names examples/female.txt
plasticdb ingest names examples/male.txt # the memory has stayed, and grows
plasticdb stats names
plasticdb complete names em -n 5 --seed 1
plasticdb predict names em --top 5
plasticdb explain names em i
plasticdb tree names emil --depth 3
