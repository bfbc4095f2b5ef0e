#!/bin/sh
# make release VERSION=…: everything that has to be true before files are published. It
# publishes nothing: dist/ has the files afterwards, and the last lines say what to do.
#
# For a rehearsal: RELEASE_UNSIGNED=1 takes a tag without a signature. With it,
# RELEASE_TARGETS=linux/amd64,windows/amd64 builds only these, and
# RELEASE_WITHOUT="vulnerabilities check" leaves out steps that need the network, or an hour.
set -eu
cd "$(dirname "$0")/.."
version=${1:?usage: make release VERSION=1.2.3}
version=${version#v}
targets=${RELEASE_TARGETS-} without=${RELEASE_WITHOUT-}

step() { printf '== %s\n' "$*"; }
fail() {
  printf 'release: %s\n' "$*" >&2
  exit 1
}
left_out() {
  case " $without " in
  *" $1 "*) echo "left out: this is a rehearsal" ;;
  *) return 1 ;;
  esac
}

if [ -n "$targets$without" ] && [ -z "${RELEASE_UNSIGNED-}" ]; then
  fail "RELEASE_TARGETS and RELEASE_WITHOUT are for a rehearsal: RELEASE_UNSIGNED=1"
fi

step "the tree is clean, and tagged v$version"
[ -z "$(git status --porcelain)" ] || fail "the tree has changes"
[ "$(git rev-parse "v$version^{commit}" 2>/dev/null)" = "$(git rev-parse HEAD)" ] || fail "HEAD is not tagged v$version: git tag -s v$version"
[ -n "${RELEASE_UNSIGNED-}" ] || git verify-tag "v$version" || fail "the tag is not signed by a key that git trusts (RELEASE_UNSIGNED=1 for a rehearsal)"

step "the changelog has $version"
go -C packaging run . changelog -check -version "$version"

step "modules are what go.sum says"
go mod verify
go mod tidy -diff
go -C packaging mod tidy -diff

step "known vulnerabilities"
mkdir -p build
go -C packaging build -o ../build/govulncheck golang.org/x/vuln/cmd/govulncheck
left_out vulnerabilities || build/govulncheck ./...

step "make check"
left_out check || make -s check

step "build everything"
go -C packaging run . dist -version "$version" -targets "$targets"
if [ -n "${MINISIGN_KEY-}${SSH_SIGNING_KEY-}" ]; then
  step "the signatures are those of packaging/keys"
  keys=${RELEASE_KEYS-$PWD/packaging/keys}
  go -C packaging run . verify ${MINISIGN_KEY:+-minisign "$keys/minisign.pub"} ${SSH_SIGNING_KEY:+-ssh "$keys/signers"} "$PWD/dist"
fi

step "build everything again, from a clone, with an empty cache"
temp=$(mktemp -d)
trap 'chmod -R u+w "$temp"; rm -rf "$temp"' EXIT
git clone -q --no-hardlinks . "$temp/clone"
(
  unset MINISIGN_KEY SSH_SIGNING_KEY
  GOCACHE="$temp/cache" go -C "$temp/clone/packaging" run . dist -version "$version" -targets "$targets" -root "$temp/clone" -out "$temp/dist"
)
if [ -n "${RPM_SIGNING_KEY-}${APK_SIGNING_KEY-}${WINDOWS_SIGN_CERT-}" ]; then
  echo "signed packages have a time in them: compare UNSIGNED-SHA256SUMS and the programs by hand"
else
  diff dist/SHA256SUMS "$temp/dist/SHA256SUMS" || fail "the two differ"
fi

step "rehearse with these files"
VAULT_DIST="$PWD/dist" VAULT_DIST_VERSION="$version" go test -count=1 ./tests/release
[ "$(id -u)" = 0 ] || echo "as root, the same command also installs the packages in chroots"

step "repositories"
go -C packaging run . repos -out "$PWD/dist/repos" "$PWD/dist"

step "done"
if [ -n "${RELEASE_UNSIGNED-}" ]; then
  echo "this was a rehearsal: do not publish dist/"
  exit 0
fi
cat <<END
dist/ has version $version. To publish it (packaging/README.md):
  1. make a draft of a release at the forge, and upload the files of dist/
  2. download them all again, and:  go -C packaging run . verify -minisign KEY.pub -ssh SIGNERS DIR
  3. publish the draft; then push dist/channels and dist/repos to where they belong
  4. write the sizes of these files into packaging/sizes.txt
END
