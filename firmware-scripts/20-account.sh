#!/bin/sh
# Makes the account that the services run as.
set -eu
root=${ROOT:-}
units=$(CDPATH='' cd -- "$(dirname -- "$0")/../systemd" && pwd)
install -D -m 0644 "$units/tanbox.sysusers" "$root/usr/lib/sysusers.d/tanbox.conf"
systemd-sysusers --root="${root:-/}" tanbox.conf
