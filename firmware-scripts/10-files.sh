#!/bin/sh
# Copies the installation to /opt/tanbox. What is there already is replaced only where it differs.
set -eu
root=${ROOT:-}
source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=$root/opt/tanbox
mkdir -p "$target"
for part in package.json package-lock.json .npmrc bin appliance cloud-gateway ledger-node node_modules; do
  rm -rf "$target/$part.new"
  cp -a "$source/$part" "$target/$part.new"
  rm -rf "${target:?}/$part"
  mv "$target/$part.new" "$target/$part"
done
