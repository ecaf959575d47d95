#!/bin/sh
# The main job, as an ordinary user has it after an installation: each command once,
# on a new vault. usage: job.sh TACIT, in an empty folder of the user's
set -eu
tacit=$1
HOME=$PWD/home
export HOME
unset XDG_RUNTIME_DIR XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
mkdir "$HOME" work
cd work

"$tacit" init .tacit --no-input >/dev/null
printf s3cret | "$tacit" set DB_PASSWORD
"$tacit" ls | grep -q '^DB_PASSWORD'
[ "$("$tacit" get DB_PASSWORD)" = s3cret ]
"$tacit" run -- sh -c 'echo "the child has ${#DB_PASSWORD} characters"' | grep -q 'has 6 characters'
"$tacit" rotate --yes >/dev/null
"$tacit" verify --full
"$tacit" backup vault.bak
printf newer | "$tacit" update DB_PASSWORD
"$tacit" restore vault.bak --replace --yes
[ "$("$tacit" get DB_PASSWORD)" = s3cret ]
"$tacit" help rotate >/dev/null
echo "the main job: ok"
