#!/bin/sh
# Installs what is missing for the purposes named, from Debian and the npm registry alone:
#   tools/setup.sh build|test|agents|check|bench...
# It looks before it installs, and is silent and quick when nothing is missing.
set -eu
cd "$(dirname "$0")/.."

build_packages="clang-16 lld-16 llvm-16 cmake ninja-build ccache pkg-config
  libboost1.81-dev libssl-dev libsimdjson-dev libsqlite3-dev libcrypt-dev zlib1g-dev libbrotli-dev
  libzstd-dev libjemalloc-dev libhnswlib-dev
  curl ca-certificates"
test_packages="libgtest-dev openssl python3-jsonschema tzdata"
check_packages="clang-format-16 clang-tidy-16 libclang-rt-16-dev"
bench_packages="nginx-light wrk curl openssl"

# Node for the tests that run real clients.  The package of this name carries the program itself,
# for Debian's own Node (18) is too old for those clients.
node_version=22.23.5
node_dir=build/tools/node
# Those clients, as the lock files there name them.
sdk_dir=tests/sdk
agents_dir=tests/agents

fail() {
  echo "setup: $1" >&2
  exit 1
}

# Packages of the list that dpkg does not know as installed.
missing_of() {
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^ii *//p')
  for package in "$@"; do
    case "
$installed
" in
      *"
$package
"*) ;;
      *) echo "$package" ;;
    esac
  done
}

install_packages() {
  missing=$(missing_of "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      fail "missing: $missing- install these as root, or install sudo and try again"
    as_root=sudo
  fi
  echo "setup: installing $missing"
  $as_root apt-get update -qq || fail "apt-get update failed"
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
    fail "apt-get could not install: $missing"
}

have_node() {
  for program in "$node_dir/bin/node" node; do
    version=$("$program" --version 2>/dev/null) || continue
    major=${version#v}
    [ "${major%%.*}" -ge 22 ] && return 0
  done
  return 1
}

fetch_node() {
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) fail "no Node $node_version for $(uname -m): install Node 22 or newer yourself" ;;
  esac
  echo "setup: fetching Node $node_version into $node_dir"
  mkdir -p "$node_dir"
  archive=$(cd "$node_dir" && npm pack --loglevel=error "node-linux-$arch@$node_version") ||
    fail "npm could not fetch node-linux-$arch@$node_version"
  tar -xzf "$node_dir/$archive" -C "$node_dir" --strip-components=1 package/bin package/LICENSE
  rm "$node_dir/$archive"
  have_node || fail "the fetched Node does not run"
}

# Of a folder: whether what its lock file names is there.
have_packages() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed"
}

fetch_packages() {
  echo "setup: fetching what $1 runs"
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
    fail "npm could not fetch the packages of $1"
  cp "$1/package-lock.json" "$1/node_modules/.installed"
}

[ $# -gt 0 ] || fail "name a purpose: build, test, agents, check or bench"
command -v apt-get >/dev/null || fail "this is not Debian: install by hand what CONTRIBUTING lists"

wanted=
npm_dirs=
for purpose in "$@"; do
  case $purpose in
    build) wanted="$wanted $build_packages" ;;
    test) wanted="$wanted $build_packages $test_packages" npm_dirs="$npm_dirs $sdk_dir" ;;
    agents) wanted="$wanted $build_packages $test_packages" npm_dirs="$npm_dirs $agents_dir" ;;
    check)
      wanted="$wanted $build_packages $test_packages $check_packages"
      npm_dirs="$npm_dirs $sdk_dir"
      ;;
    bench) wanted="$wanted $build_packages $bench_packages" ;;
    *) fail "unknown purpose: $purpose" ;;
  esac
done
if [ -n "$npm_dirs" ] && ! command -v npm >/dev/null; then
  wanted="$wanted npm"  # Debian's own, which also fetches the Node that it lacks
fi
install_packages $wanted
[ -z "$npm_dirs" ] || have_node || fetch_node
for dir in $npm_dirs; do
  have_packages "$dir" || fetch_packages "$dir"
done
