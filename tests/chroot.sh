#!/bin/sh
# Runs the tests of the hooks with the shells of another Debian. As root.
#
#	tests/chroot.sh build SUITE                             makes it, unless it is there
#	tests/chroot.sh run SUITE [-without SHELL] [FLAGS]      FLAGS are those of a test program
#
# A suite is built once and kept below $VAULT_CHROOTS, or /var/cache/vault-chroots.
# What runs in it is the test program of tests/shells and vault, both static, built
# here: nothing of Go is needed there.
set -eu
cd "$(dirname "$0")/.."
where=${VAULT_CHROOTS-/var/cache/vault-chroots}
what=$1 suite=$2
shift 2
dir=$where/$suite

# What they bring: shared/reference/test-services.md, 14.
packages=bash,bash-completion,zsh,fish,dash,elvish,direnv,fzf,tmux,procps,strace,util-linux,gcc,libc6-dev
case $suite in
bullseye) wants="fish 3.1 zsh 5.8 bash 5.1" ;;
trixie)
  packages=$packages,starship,zoxide
  wants="fish 4.0 zsh 5.9 bash 5.2 starship 1.22"
  ;;
bookworm) # for the packages (tests/release)
  packages=bash,bash-completion,zsh,fish,procps
  wants="fish 3.6 zsh 5.9 bash 5.2"
  ;;
*)
  echo "chroot: bullseye, bookworm or trixie" >&2
  exit 2
  ;;
esac

build() {
  [ ! -e "$dir/.whole" ] || return 0
  mkdir -p "$where"
  temp=$(mktemp -d "$where/$suite.XXXXXX")
  mirror=$(sed -n 's/^URIs: *//p; s/^deb [^ ]* *\(http[^ ]*\) .*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v security | head -n 1)
  if ! debootstrap --variant=minbase "--include=$packages" "$suite" "$temp/root" ${mirror:+"$mirror"} >"$temp/log" 2>&1; then
    cat "$temp/log" >&2
    rm -rf "$temp"
    return 1
  fi
  rm -rf "$temp/root/var/cache/apt" "$temp/root/var/lib/apt/lists"
  : >"$temp/root/.whole"
  rm -rf "$dir"
  mv -T "$temp/root" "$dir"
  rm -rf "$temp"
}

run() {
  without=
  if [ "${1-}" = -without ]; then
    without=$2
    shift 2
  fi
  # shellcheck disable=SC2086 # pairs of a program and its version
  check $wants
  work=$(mktemp -d "$dir/tmp/vault.XXXXXX")
  chmod 755 "$work" # other users run vault, too
  # In a mount name space of their own, so that nothing is left mounted.
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/bin/vault" .
  CGO_ENABLED=0 go test -c -trimpath -o "$work/tests/shells/shells.test" ./tests/shells
  cp -r hooks go.mod "$work"
  cp tests/shells/*.* "$work/tests/shells"
  : >"$work/lack"
  status=0
  inside=${work#"$dir"}
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount --pid --fork --kill-child sh -c '
    dir=$1 inside=$2 without=$3
    shift 3
    mount --make-rprivate /
    mount --bind "$dir" "$dir" # a mount point of its own, as a root is
    cd "$dir"
    mount -t proc proc "$dir/proc"
    mount --rbind /dev "$dir/dev"
    [ -z "$without" ] || mount --bind /dev/null "$dir/usr/bin/$without"
    exec chroot "$dir" /usr/bin/env -i HOME=/root USER=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent VAULT_PROGRAM="$inside/bin/vault" VAULT_TESTS_LACK="$inside/lack" \
      sh -c "cd $inside/tests/shells && exec ./shells.test \"\$@\"" sh "$@"' sh "$dir" "$inside" "$without" "$@" || status=$?
  if [ -s "$work/lack" ]; then
    printf 'not tested with the shells of %s, for want of:\n' "$suite"
    sort -u "$work/lack"
  fi
  rm -rf "$work"
  return "$status"
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

case $what in
build) build ;;
run)
  build
  run "$@"
  ;;
esac
