#!/usr/bin/env bash
# tacit for Windows under Debian's Wine: crypto's short tests and the main job.
# As root; it needs debootstrap. Wine before 9 has no bcryptprimitives.dll, which Go
# asks for, so Wine comes from Debian 13, in a folder of its own ($1, made anew
# unless it is there).
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$1
[ -x "$root/usr/lib/wine/wine64" ] ||
	debootstrap --variant=minbase --include=wine64 trixie "$root" http://deb.debian.org/debian >/dev/null
mkdir -p "$root/work/job" "$root/work/crypto"
CGO_ENABLED=0 GOOS=windows go build -tags urfave_cli_no_docs -o "$root/work/tacit.exe" .
CGO_ENABLED=0 GOOS=windows go test -c -o "$root/work/crypto.exe" ./crypto
cp -r crypto testdata SECURITY.md "$root/work/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
trap 'umount "$root/proc" "$root/dev"' EXIT

windows() { # a command, in a folder of the work
	timeout 600 chroot "$root" env -i HOME=/root PATH=/usr/lib/wine:/usr/bin:/bin WINEDEBUG=-all \
		XDG_RUNTIME_DIR=/tmp sh -c "cd /work/$1 && shift && \"\$@\"; code=\$?; wineserver -k; exit \$code" sh "$@"
}
windows crypto wine64 /work/crypto.exe -test.short
windows job sh /work/testdata/wine/job.sh /work/tacit.exe
