#!/bin/sh
# The main job on Windows, as Wine plays it: each command once, on a new vault.
# usage: job.sh TACIT.EXE, in an empty folder
set -eu
tacit() { wine64 "$exe" "$@"; }
exe=$1

tacit init v
printf s3cret | tacit --vault v set K
tacit --vault v ls | grep -q '^K'
[ "$(tacit --vault v get K)" = s3cret ]
code=0
tacit --vault v run -- cmd /c 'if %K%==s3cret exit 7' || code=$?
[ "$code" = 7 ]
tacit --vault v verify --full
tacit --vault v backup v.bak
tacit --vault v restore v.bak --replace --yes
[ "$(tacit --vault v get K)" = s3cret ]
tacit agent run 2>&1 | grep -q 'agent run: there is no agent on Windows'
tacit --vault v destroy --yes
rm v.bak
[ -z "$(ls -A)" ] || { echo "left: $(ls -A)"; exit 1; }
echo "the main job: ok"
