#!/bin/bash
# Draws the dashboards with Grafana's own components: target/preview/NAME.png. Needs chromium, and brings the components
# (430 MB) into target/preview. The figures are those of the test that replays hours of rounds.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v chromium >/dev/null || {
    echo "preview: needs chromium: apt-get install --no-install-recommends chromium" >&2
    exit 1
}
export PATH="$PATH:$PWD/.venv/bin"
out=$PWD/target/preview
mkdir -p "$out"
cp tools/preview/{package.json,package-lock.json,preview.tsx,preview.mjs} "$out"
if ! cmp --silent tools/preview/package-lock.json "$out/node_modules/installed.json"; then
    echo "preview: bringing Grafana's components" >&2
    npm ci --prefix "$out" --ignore-scripts --no-audit --no-fund --silent --legacy-peer-deps
    cp tools/preview/package-lock.json "$out/node_modules/installed.json"
fi
SKEWWATCH_ANSWERS="$out/answers.json" cargo test --quiet --test it dashboards::replay
node "$out/preview.mjs" dashboards "$out/answers.json" "$out"
