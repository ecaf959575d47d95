#!/usr/bin/env bash
# Runs every fuzz target for a time, some at once, and says what each did.
#
#   testdata/fuzz.sh [TIME [JOBS [REGEXP]]]    ten minutes, two at once, all targets
#
# An input that fails a target stays in the package's testdata/fuzz, where every
# `go test` runs it from then on. Logs go to $FUZZ_LOGS, or to a new folder. Exit 1
# if anything was found.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-10m} jobs=${2:-2} only=${3:-.}
export time logs=${FUZZ_LOGS:-$(mktemp -d)}
mkdir -p "$logs"

# Making a new input small may take a minute each time, unless it is told otherwise:
# more than a short run has.
minimize=5s
export minimize

# A fuzzer that the clock stops in the middle of an input may call that a
# failure, "context deadline exceeded". A finding has an input, or a stack.
target() {
	local package=$1 name=$2 log=$logs/$(tr / . <<<"${1#*/*/*/}").$2.log verdict=ok
	if ! nice -n 19 go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime "$minimize" -parallel 1 "$package" >"$log" 2>&1; then
		grep -q 'context deadline exceeded' "$log" && ! grep -Eq 'Failing input|panic:|fatal error|\[build failed\]' "$log" ||
			verdict=FAIL
	fi
	local execs
	execs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -1)
	printf '%-6s %12s  %s %s\n' "$verdict" "${execs:-0}" "$package" "$name" | tee -a "$logs/summary"
	[ "$verdict" = ok ]
}
export -f target

echo "logs in $logs"
for package in $(go list ./...); do
	for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $name"
	done
done | grep -E "$only" | xargs -P "$jobs" -L 1 bash -c 'target "$@" || exit 1' fuzz
