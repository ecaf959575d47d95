#!/bin/sh
# Times one cold read of one secret, as a whole process, by tacit and by what
# people use today, all in one run on one machine; then tacit with vaults of
# 1,000 and 100,000 secrets, and through an agent. What counts are the ratios.
#
#     testdata/bench/cold.sh [RUNS]
#
# Needs hyperfine, jq and age; pass with gpg, sops and keepassxc-cli are measured
# where they are installed, and named where they are not. Everything happens in a
# folder that is removed.
set -eu

runs=${1:-40}
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
trap '"$dir/tacit" lock --all 2>/dev/null || true; gpgconf --kill all 2>/dev/null || true; rm -rf "$dir"' EXIT

(cd "$top" && CGO_ENABLED=0 go build -tags urfave_cli_no_docs -o "$dir/tacit" .)
export HOME="$dir/home"
mkdir -m 700 "$HOME"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME TACIT_VAULT TACIT_IDENTITY GNUPGHOME || true
cd "$dir"
value=$(head -c 75 /dev/urandom | base64 -w 0)
key=$HOME/.config/tacit/identity.txt

vault() { # vault DIR COUNT
	"$dir/tacit" init "$1" >/dev/null 2>&1
	awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "N%06d=some value of secret %d\n", i, i }' >many.env
	"$dir/tacit" --vault "$1" import dotenv many.env >/dev/null 2>&1
	printf %s "$value" | "$dir/tacit" --vault "$1" set SECRET >/dev/null
	rm many.env
}
vault "$dir/v1000" 1000
vault "$dir/v100000" 100000
cp -R "$dir/v1000" "$dir/agent"
"$dir/tacit" --vault "$dir/agent" unlock --ttl 30m 2>/dev/null

age-keygen -y "$key" >recipient
printf %s "$value" | age -e -R recipient -o secret.age

set -- "$dir/tacit --vault $dir/v1000 get SECRET" \
	"$dir/tacit --vault $dir/v100000 get SECRET" \
	"age -d -i $key secret.age" \
	"$dir/tacit --vault $dir/agent get SECRET" \
	"$dir/tacit version"
names="tacit-1000 tacit-100000 age tacit-agent tacit-version"

missing=
have() { # have NAME PROGRAM…: are the programs there?
	name=$1
	shift
	for program in "$@"; do
		command -v "$program" >/dev/null || { missing="$missing $name"; return 1; }
	done
}
if have pass pass gpg; then
	gpg --batch --quiet --passphrase '' --quick-gen-key bench default default never 2>/dev/null
	pass init bench >/dev/null
	printf %s "$value" | pass insert -e secret >/dev/null
	set -- "$@" "pass show secret"
	names="$names pass"
fi
if have sops sops; then
	printf '{"secret":"%s"}' "$value" >plain.json
	SOPS_AGE_RECIPIENTS=$(cat recipient) sops encrypt plain.json >secret.json
	export SOPS_AGE_KEY_FILE=$key
	set -- "$@" "sops decrypt --extract '[\"secret\"]' secret.json"
	names="$names sops"
fi
if have keepassxc keepassxc-cli; then
	printf 'pw\npw\n' | keepassxc-cli db-create -p -t 100 kee.kdbx >/dev/null 2>&1
	printf 'pw\n%s\n%s\n' "$value" "$value" | keepassxc-cli add -p kee.kdbx secret >/dev/null 2>&1
	printf 'pw\n' >pw
	set -- "$@" "sh -c 'keepassxc-cli show -q -s -a Password kee.kdbx secret <pw'"
	names="$names keepassxc"
fi

hyperfine -N --warmup 3 --runs "$runs" --style none --export-json times.json \
	"$@" >/dev/null 2>hyperfine.err || { cat hyperfine.err >&2; exit 1; }

echo "$(age --version) at $(command -v age), $("$dir/tacit" version)"
[ -z "$missing" ] || echo "not measured, because not installed:$missing"
echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown), $(nproc 2>/dev/null || echo unknown) processors"
echo "one cold read: median of $runs runs, mean of the processor's time in the process itself, and ratios of both"
jq -r --arg names "$names" '
	def places(n): . * n | round / n;
	($names | split(" ")) as $n | [.results[].median] as $m | [.results[] | .user + .system] as $c |
	range($m | length) | [$n[.], ($m[.] * 1e3 | places(100)), ($m[.] / $m[2] | places(100)), ($m[.] / $m[0] | places(100)),
		($c[.] * 1e3 | places(100)), ($c[.] / $c[2] | places(100))] | @tsv
' times.json | awk '
	BEGIN { printf "%-14s %9s %8s %8s %9s %8s\n", "", "ms", "/ age", "/ tacit", "cpu ms", "/ age" }
	{ printf "%-14s %9.2f %8.2f %8.2f %9.2f %8.2f\n", $1, $2, $3, $4, $5, $6 }'

echo
"$dir/tacit" --vault "$dir/v100000" get SECRET >/dev/null
if [ -x /usr/bin/time ]; then
	/usr/bin/time -f 'resident memory of tacit get at 100,000 secrets: %M KiB' "$dir/tacit" --vault "$dir/v100000" get SECRET >/dev/null
fi
printf 'a vault of 1,000 secrets besides its ballast: %s KiB\n' "$(du -k --exclude ballast -s "$dir/v1000" | cut -f1)"
awk 'BEGIN { for (i = 0; i < 10000; i++) printf "N%06d=some value of secret %d\n", i, i }' >many.env
"$dir/tacit" init "$dir/import" >/dev/null 2>&1
start=$(date +%s%N)
"$dir/tacit" --vault "$dir/import" import dotenv many.env >/dev/null 2>&1
end=$(date +%s%N)
echo "import of 10,000 secrets: $((10000 * 1000000000 / (end - start))) a second, process start included"
