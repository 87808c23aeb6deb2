#!/bin/sh
# Installs what the processes of the image need to run, without what only people and compilers read.
set -eu
workspaces=""
for process in gateway booking identity payment ticketing notification-analytics auditor setup; do workspaces="$workspaces -w services/$process"; done
# shellcheck disable=SC2086 -- a list of arguments
npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier $workspaces -w packages/journey
cd node_modules
rm -rf typescript .bin
find . -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname '*.md' -o -name '*.ts.snap' \) -delete
# bcrypt brings a binary for every platform.
find bcrypt/prebuilds -mindepth 1 -maxdepth 1 -type d ! -name "linux-$(node -p process.arch)" -exec rm -rf {} +
