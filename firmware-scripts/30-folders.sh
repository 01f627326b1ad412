#!/bin/sh
# Makes the data folder, the drop folder and the folder of settings.
set -eu
root=${ROOT:-}
units=$(CDPATH='' cd -- "$(dirname -- "$0")/../systemd" && pwd)
install -D -m 0644 "$units/tanbox.tmpfiles" "$root/usr/lib/tmpfiles.d/tanbox.conf"
systemd-tmpfiles --root="${root:-/}" --create tanbox.conf
