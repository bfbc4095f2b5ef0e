#!/bin/sh
# tests/again.sh COMMAND...: run a command that is or calls `go test`.
#
# A test that types on a terminal, or waits for processes, can lose a race on a machine that does much else. So each test
# that failed runs once more, alone, with the flags in $AGAIN. What failed is printed both times. What fails twice, panics
# or does not build has failed.
set -u
: "${DBUS_SESSION_BUS_ADDRESS:=unix:path=/proc/nonexistent}" # see internal/nodbus
export DBUS_SESSION_BUS_ADDRESS
log=$(mktemp) || exit
trap 'rm -f "$log" "$log.status" "$log.failed"' EXIT
{ "$@" && echo 0 >"$log.status" || echo 1 >"$log.status"; } 2>&1 | tee "$log"
[ "$(cat "$log.status")" != 0 ] || exit 0
! grep -q '^panic: ' "$log" || exit 1

awk '/^--- FAIL: / { names = names "|" $3 } /^FAIL\t/ { print $2, substr(names, 2); names = "" }' "$log" >"$log.failed"
[ -s "$log.failed" ] || exit 1
status=0
while read -r package names; do
  echo "== again, and alone: $package ${names:-(no test is named)}"
  # shellcheck disable=SC2086 # flags
  [ -n "$names" ] && go test -count=1 -timeout 10m ${AGAIN:-} -run "^($names)\$" "$package" </dev/null || status=1
done <"$log.failed"
[ "$status" != 0 ] || sed 's/^/passed when it ran again: /' "$log.failed"
exit "$status"
