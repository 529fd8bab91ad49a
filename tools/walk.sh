#!/bin/sh
# Goes a newcomer's way, from a fresh clone to the end of all tests, and writes down what it saw:
#   tools/walk.sh [PORT]   > docs/WALK.md
# By hand, on a machine that it may change: like `make run`, it installs what is missing.
set -eu
cd "$(dirname "$0")/.."
here=$PWD
port=${1:-20128}
HOME=$(mktemp -d)
export HOME PATH="$HOME/omniroute/build/release:$PATH"
unset DATA_DIR XDG_CONFIG_HOME
page=$HOME/page
gateway=

clean_up() {
  if [ -n "$gateway" ]; then kill "$gateway" 2>/dev/null || :; fi
  wait
  rm -rf "$HOME"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "walk: $1" >&2
  exit 1
}

# What was printed, as if the clone were at home and the port the usual one.
tidy() {
  sed -e "s|$HOME|~|g" -e "s|:$port|:20128|g" -e 's| \.\.\.\.*| ...|' "$1"
}

# write COMMANDS OUTPUT SECONDS: one step of the page, with its time where it took any.
write() {
  printf '\n```console\n'
  printf '%s\n' "$1" | sed -e '/^ /!s/^/$ /'
  cat "$2"
  printf '```\n'
  [ "$3" -lt 2 ] || printf '\n%s seconds.\n' "$3"
} >>"$page"

# step COMMANDS [LINES]: runs them and writes the last lines of what they print.
step() {
  began=$(date +%s)
  {
    echo 'curl() { command curl --fail-with-body "$@"; }'
    printf '%s\n' "$1" | sed -e "s/:20128/:$port/g"
  } >"$HOME/commands"
  sh -e "$HOME/commands" >"$HOME/out" 2>&1 || {
    cat "$HOME/out" >&2
    fail "failed: $1"
  }
  tidy "$HOME/out" | tail -n "${2:-12}" >"$HOME/told"
  [ -z "$(tail -c1 "$HOME/told")" ] || echo >>"$HOME/told"
  write "$1" "$HOME/told" $(($(date +%s) - began))
}

# The first block of commands below a heading of README.md.
commands_below() {
  awk -v heading="## $1" '
    $0 == heading {below = 1; next}
    below && $0 == "```" {exit}
    below && inside
    below && $0 == "```sh" {inside = 1}' README.md
}

start() {
  began=$(date +%s)
  PORT=$port make run >"$HOME/gateway" 2>&1 &
  gateway=$!
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/healthz"; do
    kill -0 "$gateway" 2>/dev/null || {
      cat "$HOME/gateway" >&2
      fail "make run has ended"
    }
    sleep 1
  done
  took=$(($(date +%s) - began))
  tidy "$HOME/gateway" | grep -e '^setup: ' -e '^OmniRoute ' >"$HOME/told"
  write 'make run' "$HOME/told" "$took"
}

stop() {
  kill "$gateway"
  wait "$gateway" || :
  gateway=
}

introduce() {
  . /etc/os-release
  printf '# A walk\n\n'
  printf 'From a fresh clone to the end of all tests, as README.md says it: written by `tools/walk.sh`, by hand, on\n'
  printf '%s, %s %s, %s cores; times are with what the cache of the compiler had.\n' \
    "$(date -u +%F)" "$PRETTY_NAME" "$(uname -m)" "$(nproc)"
} >"$page"

introduce
cd "$HOME"
git clone --quiet "$here" omniroute
cd omniroute
start
commands_below 'A first request' | awk -v RS= -v name="$HOME/request." '{print > (name NR)}'
for request in "$HOME"/request.*; do
  printf '\n%s:\n' "$(sed -n '1s/^# //p' "$request")" >>"$page"
  step "$(sed 1d "$request")"
done
step 'omniroute selftest'
stop
step 'make test' 8
cat "$page"
