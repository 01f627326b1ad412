#!/bin/sh
# Installs the units and has them started at every boot.
set -eu
root=${ROOT:-}
units=$(CDPATH='' cd -- "$(dirname -- "$0")/../systemd" && pwd)
for unit in "$units"/*.service; do
  install -D -m 0644 "$unit" "$root/usr/lib/systemd/system/${unit##*/}"
done
systemctl --root="${root:-/}" enable tanbox-ledger.service tanbox-gateway.service tanbox-appliance.service
