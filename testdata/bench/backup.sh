#!/bin/sh
# Backup, restore and check of a vault, beside tar of the same folder. Each
# number is the fastest of some runs; times in milliseconds, memory in MiB, peak.
#
#   testdata/bench/backup.sh [SECRETS…]        default: 10000 100000
#
# It needs Go, tar and GNU time. RUNS=5 says how often; TMPDIR where.
set -eu

runs=${RUNS:-3}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
time=$(command -v gtime || echo /usr/bin/time)

(cd "$root" && CGO_ENABLED=0 go build -tags urfave_cli_no_docs -o "$work/tacit" .)
export XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state" TACIT_AGENT=off

# best COMMAND… runs it, after $before, and sets ms and mib.
best() {
	ms=
	mib=0
	for _ in $(seq "$runs"); do
		eval "${before:-:}"
		"$time" -o "$work/time" -f '%e %M' "$@" >/dev/null 2>&1
		read -r seconds kib <"$work/time"
		t=$(awk -v s="$seconds" 'BEGIN { printf "%d", s * 1000 }')
		if [ -z "$ms" ] || [ "$t" -lt "$ms" ]; then ms=$t; fi
		m=$((kib / 1024))
		if [ "$m" -gt "$mib" ]; then mib=$m; fi
	done
}

row() { printf '%8s  %-22s %8s ms  %6s MiB  %6s of tar\n' "$1" "$2" "$ms" "$mib" "$(awk -v a="$ms" -v b="$tar" 'BEGIN { printf "%.1f", b ? a / b : 0 }')"; }

for n in ${*:-10000 100000}; do
	vault="$work/vault"
	rm -rf "$vault" "$work/state"
	awk -v n="$n" 'BEGIN { printf "{"; for (i = 0; i < n; i++) printf "%s\"SECRET_%07d\":\"value %d of some length, as a token has\"", i ? "," : "", i, i; printf "}" }' >"$work/in.json"
	"$work/tacit" init "$vault" >/dev/null 2>&1
	"$work/tacit" --vault "$vault" import json "$work/in.json" 2>/dev/null
	before=
	best tar -cf "$work/vault.tar" -C "$work" vault
	tar=$ms
	row "$n" tar
	best "$work/tacit" --vault "$vault" backup --force "$work/vault.bak"
	row "$n" backup
	best "$work/tacit" restore --check "$work/vault.bak"
	row "$n" 'restore --check'
	before='rm -rf "$work/restored"'
	best "$work/tacit" --vault "$work/restored" restore --yes "$work/vault.bak"
	row "$n" 'restore, verified'
	before=
	best "$work/tacit" --vault "$work/restored" verify --full
	row "$n" 'verify --full'
	printf '%8s  %-22s %8s KiB, tar %s KiB\n' "$n" 'size of the backup' \
		"$(($(wc -c <"$work/vault.bak") / 1024))" "$(($(wc -c <"$work/vault.tar") / 1024))"
done
