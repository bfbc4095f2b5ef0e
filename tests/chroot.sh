#!/bin/sh
# Runs tests with the programs of another Debian: those of the hooks with its shells, and
# others. As root.
#
#	tests/chroot.sh build SUITE
#	tests/chroot.sh run SUITE [-without SHELL] [-of PACKAGE] [FLAGS]
#	tests/chroot.sh go SUITE WORDS
#
# The last runs `go WORDS` in the suite, on this tree and with the Go, the modules and the
# build cache of here: for tests that build.
#
# PACKAGE is tests/shells if it is not named; FLAGS are those of a test program. A suite is
# built once and kept below $VAULT_CHROOTS, or /var/cache/vault-chroots. What runs in it is
# the package's test program and vault, both static, built here: nothing of Go is needed
# there.
set -eu
cd "$(dirname "$0")/.."
where=${VAULT_CHROOTS-/var/cache/vault-chroots}
what=$1 suite=$2
shift 2
dir=$where/$suite

# What they bring: shared/reference/test-services.md, 14.
of=$suite
packages=bash,bash-completion,zsh,fish,dash,elvish,direnv,fzf,tmux,procps,strace,util-linux,gcc,libc6-dev
later=
case $suite in
bullseye) wants="fish 3.1 zsh 5.8 bash 5.1" ;;
trixie)
  packages=$packages,starship,zoxide
  later=awscli # debootstrap does not find all that it depends on
  wants="fish 4.0 zsh 5.9 bash 5.2 starship 1.22"
  ;;
bookworm) # for the packages (tests/release)
  packages=bash,bash-completion,zsh,fish,procps
  wants="fish 3.6 zsh 5.9 bash 5.2"
  ;;
wine) # trixie's, which runs programs of Go as it is (tests/wine)
  of=trixie packages=bash,procps,ca-certificates
  later="wine wine64"
  wants=
  ;;
*)
  echo "chroot: bullseye, bookworm, trixie or wine" >&2
  exit 2
  ;;
esac

build() {
  [ "$(cat "$dir/.whole" 2>/dev/null)" != "$packages,$later" ] || return 0
  mkdir -p "$where"
  temp=$(mktemp -d "$where/$suite.XXXXXX")
  mirror=$(sed -n 's/^URIs: *//p; s/^deb [^ ]* *\(http[^ ]*\) .*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v security | head -n 1)
  if ! debootstrap --variant=minbase "--include=$packages" "$of" "$temp/root" ${mirror:+"$mirror"} >"$temp/log" 2>&1; then
    cat "$temp/log" >&2
    rm -rf "$temp"
    return 1
  fi
  if [ -n "$later" ]; then
    cp -L /etc/resolv.conf "$temp/root/etc/resolv.conf"
    for step in update "install --no-install-recommends -y $later"; do
      # shellcheck disable=SC2086 # a command and its words
      if ! DEBIAN_FRONTEND=noninteractive chroot "$temp/root" apt-get -qq $step >"$temp/log" 2>&1; then
        cat "$temp/log" >&2
        rm -rf "$temp"
        return 1
      fi
    done
  fi
  rm -rf "$temp/root/var/cache/apt" "$temp/root/var/lib/apt/lists"
  printf '%s' "$packages,$later" >"$temp/root/.whole"
  rm -rf "$dir"
  mv -T "$temp/root" "$dir"
  rm -rf "$temp"
}

run() {
  without='' package=tests/shells
  while :; do
    case ${1-} in
    -without) without=$2 ;;
    -of) package=$2 ;;
    *) break ;;
    esac
    shift 2
  done
  # shellcheck disable=SC2086 # pairs of a program and its version
  check $wants
  work=$(mktemp -d "$dir/tmp/vault.XXXXXX")
  chmod 755 "$work" # other users run vault, too
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/bin/vault" .
  mkdir -p "$work/$package"
  cp -r hooks go.mod "$work"
  cp -r "$package/." "$work/$package"
  CGO_ENABLED=0 go test -c -trimpath -o "$work/$package/package.test" "./$package"
  : >"$work/lack"
  status=0
  attempt "$@" || status=$?
  # As tests/again.sh: what failed runs once more, alone.
  names=$(sed -n 's/^--- FAIL: \([^ ]*\) .*/\1/p' "$work/out" | paste -sd '|')
  if [ "$status" -ne 0 ] && [ -n "$names" ] && ! grep -q '^panic: ' "$work/out"; then
    echo "== again, and alone: $package in $suite: $names"
    status=0
    attempt "$@" "-test.run=^($names)\$" || status=$?
    [ "$status" -ne 0 ] || echo "passed when it ran again: $package in $suite: $names"
  fi
  if [ -s "$work/lack" ]; then
    printf 'not tested with the programs of %s, for want of:\n' "$suite"
    sort -u "$work/lack"
  fi
  rm -rf "$work"
  return "$status"
}

# attempt runs the test program with flags, and keeps what it printed in $work/out.
#
# In a mount name space of its own, so that nothing is left mounted. The first process of
# the new process name space is a shell, which takes in what others have left: for a test,
# a process that no one waits for has not ended.
attempt() {
  inside=${work#"$dir"}
  # shellcheck disable=SC2016 # the inner shell's
  { unshare --mount --pid --fork --kill-child sh -c '
    dir=$1 inside=$2 without=$3 package=$4
    shift 4
    mount --make-rprivate /
    mount --bind "$dir" "$dir" # a mount point of its own, as a root is
    cd "$dir"
    mount -t proc proc "$dir/proc"
    mount --rbind /dev "$dir/dev"
    [ -z "$without" ] || mount --bind /dev/null "$dir/usr/bin/$without"
    exec chroot "$dir" /usr/bin/env -i HOME=/root USER=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent VAULT_PROGRAM="$inside/bin/vault" VAULT_TESTS_LACK="$inside/lack" \
      sh -c "cd $inside/$package && ./package.test \"\$@\"; exit \$?" sh "$@"' sh "$dir" "$inside" "$without" "$package" "$@" && echo 0 >"$work/status" || echo 1 >"$work/status"; } 2>&1 | tee "$work/out"
  [ "$(cat "$work/status")" = 0 ]
}

# check compares versions: what the suite is there for must not be skipped.
check() {
  while [ $# -gt 0 ]; do
    version=$(chroot "$dir" "$1" --version | head -n 1)
    case $version in
    *" $2"*) ;;
    *)
      echo "chroot: $suite: $1 is \"$version\", wanted $2" >&2
      return 1
      ;;
    esac
    shift 2
  done
}

# with_go runs go in the suite.
with_go() {
  # shellcheck disable=SC2016 # for dpkg-query to expand
  case $(chroot "$dir" dpkg-query -W -f '${Version}' libwine) in # wine itself does not start without /proc
  10.*) ;;
  *)
    echo "chroot: $suite has no Wine 10" >&2
    return 1
    ;;
  esac
  mods=$(go env GOMODCACHE) cache=$(go env GOCACHE) goroot=$(go env GOROOT)
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount --pid --fork --kill-child sh -c '
    dir=$1 tree=$2 goroot=$3 mods=$4 cache=$5
    shift 5
    mount --make-rprivate /
    mount --bind "$dir" "$dir"
    for shared in "$tree" "$goroot" "$mods" "$cache"; do
      mkdir -p "$dir$shared"
      mount --bind "$shared" "$dir$shared"
    done
    mount -t proc proc "$dir/proc"
    mount --rbind /dev "$dir/dev"
    exec chroot "$dir" /usr/bin/env -i HOME=/root USER=root PATH="$goroot/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 CI="${CI-}" \
      GOROOT="$goroot" GOMODCACHE="$mods" GOCACHE="$cache" GOFLAGS=-buildvcs=false GOPROXY=off CGO_ENABLED=0 DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent \
      sh -c "cd \"\$0\" && exec go \"\$@\"" "$tree" "$@"' sh "$dir" "$PWD" "$goroot" "$mods" "$cache" "$@"
}

case $what in
build) build ;;
go)
  build
  with_go "$@"
  ;;
run)
  build
  run "$@"
  ;;
esac
