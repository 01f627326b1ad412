#!/bin/sh
# Starts the services, or starts them again after an update. Nothing to do while an image is being built.
set -eu
[ -z "${ROOT:-}" ] || exit 0
systemctl daemon-reload
systemctl restart tanbox-ledger.service tanbox-gateway.service tanbox-appliance.service
