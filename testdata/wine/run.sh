#!/usr/bin/env bash
# tacit for Windows under Debian's Wine: short tests of crypto, store and vault, and
# the main job. As root; it needs debootstrap.
#
# usage: run.sh fetch ROOT, which may be tried again, and then: run.sh test ROOT
#
# Wine before 9 has no bcryptprimitives.dll, which Go asks for, so Wine comes from
# Debian 13, in a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=$1 root=$2

if [ "$what" = fetch ]; then
	[ -x "$root/usr/lib/wine/wine64" ] && exit
	rm -rf "$root" # what a fetch left that was stopped
	# From where this system has its packages.
	mirror=$(apt-get indextargets --format '$(SITE)' | grep -m1 '/debian/\?$')
	trap 'umount "$root/proc" 2>/dev/null || true' EXIT # debootstrap may leave it
	debootstrap --variant=minbase --include=wine64 trixie "$root" "$mirror" >/dev/null
	exit
fi

# A session under Wine takes a second where Linux takes some milliseconds. So these
# stand for their packages: of store, opening, locks, one crash, purging, and what
# Windows does otherwise; of vault, values, one job of each kind, what lies in a
# folder. Left out: tests of many sessions, of each byte of a file, of attacks that
# change content (which no system is asked about), and of Linux.
declare -A tests=(
	[crypto]='.*'
	[store]='TestMemory'
	[store/storedir]='TestStaleHolder'
	[store/badgerfiles]='TestPlanMerge'
	[store/badgerstore]='TestAwait|TestOpenErrors|TestCreateIsPrivate|TestUnsafeFolder|TestLockIsNoLink|TestLeftoverNames|TestBusy|TestReadersTogether|TestOneShotReader|TestTableShrinksWhileOpen|TestPurgeLeavesNoBytes|TestKilledWriter|TestMissingLogAfterCrash|TestLargeLeftovers'
	[vault]='TestLabelTwice|TestJSON.*|TestUnits|TestValidate|TestFromJSON|TestRedacted|TestWipe|TestBytesAreCopied|TestCheckName|TestSetAndRead|TestDestroy|TestAttackSlotCopies|TestAttackFolder'
)

mkdir -p "$root/work/job"
cp -r testdata docs "$root/work/"
CGO_ENABLED=0 GOOS=windows go build -tags urfave_cli_no_docs -o "$root/work/tacit.exe" .
packages="crypto store store/storedir store/badgerfiles store/badgerstore vault"
for package in $packages; do
	CGO_ENABLED=0 GOOS=windows go test -c -o "$root/work/${package//\//-}.exe" "./$package"
	mkdir -p "$root/work/$package"
	cp "$package"/*.go "$root/work/$package/" # a test reads its labels from them
	[ ! -d "$package/testdata" ] || cp -r "$package/testdata" "$root/work/$package/"
done
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
trap 'umount "$root/proc" "$root/dev"' EXIT

windows() { # a command, in a folder of the work
	timeout 900 chroot "$root" env -i HOME=/root PATH=/usr/lib/wine:/usr/bin:/bin WINEDEBUG=-all \
		XDG_RUNTIME_DIR=/tmp sh -c "cd /work/$1 && shift && \"\$@\"; code=\$?; wineserver -k; exit \$code" sh "$@"
}

# judge compares what failed in a package with the list.
judge() {
	sed 's/\r$//' "$2" >"$2.txt"
	grep -qE '^(PASS|FAIL)$' "$2.txt" || { cat "$2.txt"; echo "$1: the tests did not come to an end"; return 1; }
	failed=$(sed -n 's/^--- FAIL: \([^ ]*\) .*/\1/p' "$2.txt" | sort)
	known=$(awk -v package="$1" '$1 == package { print $2 }' testdata/wine/known.txt | sort)
	[ "$failed" = "$known" ] && return
	cat "$2.txt"
	echo "$1: failed, and not as testdata/wine/known.txt says (< failed, > listed):"
	diff <(echo "$failed") <(echo "$known")
}

for package in $packages; do
	windows "$package" wine64 "/work/${package//\//-}.exe" -test.short -test.v -test.timeout 14m -test.run "^(${tests[$package]})\$" \
		>"$root/work/${package//\//-}.out" 2>&1 || true # judge reads what came of it
	judge "$package" "$root/work/${package//\//-}.out"
	echo "$package: $(grep -c '^--- PASS' "$root/work/${package//\//-}.out") tests passed"
done
rm -rf "$root/work/job" && mkdir "$root/work/job"
windows job sh /work/testdata/wine/job.sh /work/tacit.exe
