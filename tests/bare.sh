#!/bin/sh
# Runs the tests as on a machine that has nothing but Go, make, git, the coreutils
# and one shell: they pass, and each missing tool is named once.
#
#	tests/bare.sh [-with PROGRAM]... [SHELL [PACKAGE...]]
#
# SHELL is bash if it is not named; sh is there always, for make takes it by its
# path. Packages: all. CI runs those in which it makes a difference. $FLAGS are
# further ones of go test.
set -eu
cd "$(dirname "$0")/.."

coreutils="[ arch b2sum base32 base64 basename basenc cat chcon chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors
dirname du echo env expand expr factor false fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo mknod
mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir runcon seq sha1sum
sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr true
truncate tsort tty uname unexpand uniq unlink users vdir wc who whoami yes"

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT

# link makes a program available, found past functions, aliases and built-ins.
link() {
  for dir in $(echo "$PATH" | tr : ' '); do
    if [ -x "$dir/$1" ] && [ ! -d "$dir/$1" ]; then
      ln -sf "$dir/$1" "$bin/$1"
      return
    fi
  done
  echo "bare: this machine has no $1" >&2
  exit 1
}

while [ "${1-}" = -with ]; do
  link "$2"
  shift 2
done
shell=${1-bash}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- ./...
for p in go make git sh "$shell"; do link "$p"; done
for p in $coreutils; do link "$p"; done

# Nothing of the environment but where Go keeps its things.
status=0
env -i PATH="$bin" HOME="$HOME" TMPDIR="${TMPDIR-/tmp}" GOCACHE="$(go env GOCACHE)" GOMODCACHE="$(go env GOMODCACHE)" GOPROXY="$(go env GOPROXY)" \
  make -s test PACKAGES="$*" TESTFLAGS="-count=1 ${FLAGS-}" >"$bin/out" 2>&1 || status=$?
cat "$bin/out"
[ "$status" -eq 0 ] || exit "$status"
twice=$(sed -n '/^not all was tested/,$s/^apt-get install //p' "$bin/out" | tr ' ' '\n' | sort | uniq -d)
[ -z "$twice" ] || { echo "bare: named twice: $twice"; exit 1; }
