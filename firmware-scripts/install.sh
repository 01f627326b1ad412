#!/bin/sh
# Installs Tanbox on this machine, or with ROOT=FOLDER into the root file system of an image: every numbered
# script in its order. Each may be run again at any time. Before it: npm ci, and sh bin/node24 bin/build-console.ts
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for script in "$here"/[0-9]*.sh; do
  echo "${script##*/}"
  sh "$script"
done
