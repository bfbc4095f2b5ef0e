#!/bin/sh
# `make check`: what CI runs. Each step prints its name; the first failure ends it.
set -eu
cd "$(dirname "$0")/.."
: "${DBUS_SESSION_BUS_ADDRESS:=unix:path=/proc/nonexistent}" # see internal/nodbus
export DBUS_SESSION_BUS_ADDRESS
# Settings of the machine must not reach the tests.
for name in $(env | sed -n 's/^\(AWS_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done

step() { printf '== %s\n' "$*"; }

before=$(git status --porcelain 2>/dev/null || :)

step gofmt
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "not formatted:"; echo "$unformatted"; exit 1; }

step vet
go vet ./...

step staticcheck
go tool staticcheck ./...

step "the shell files"
if command -v shellcheck >/dev/null 2>&1; then
  shellcheck hooks/bash.sh hooks/complete.bash tests/*.sh packaging/*.sh .ci/run
else
  echo "skipped: to lint the shell files: apt-get install shellcheck"
fi

step "packaging, and the workflows"
go -C packaging vet ./...
go -C packaging test -count=1 ./...
go -C packaging tool actionlint "$PWD"/.github/workflows/*.yml

step "builds for the other systems"
for target in windows/amd64 darwin/arm64 linux/arm64; do
  CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go vet ./... # vet builds it all, tests too
done

# The rarer ones are only type-checked, and for macOS what a C compiler is needed for: that takes seconds.
go run ./tests/systems freebsd/amd64 openbsd/amd64 linux/386 linux/arm linux/riscv64 android/arm64 illumos/amd64 -- ./...
go run ./tests/systems -cgo darwin/arm64 -- .

step tests
tests/again.sh make -s test TESTFLAGS=-count=1

step "tests, with the race detector"
AGAIN=-race tests/again.sh go test -count=1 -race ./cmd/... ./hooks/... ./internal/... ./tests/awsfake/...

step "the tree is as it was"
after=$(git status --porcelain 2>/dev/null || :)
[ "$before" = "$after" ] || { echo "the tests have changed the tree:"; echo "$after"; exit 1; }

step "all done"
