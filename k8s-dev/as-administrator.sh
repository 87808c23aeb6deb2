#!/bin/sh
# as-administrator.sh COMMAND…: runs it with the e-mail address and password of the dev installation's administrator in its environment.
set -eu
read_key() {
  kubectl --context kind-boxoffice --namespace dev get secret boxoffice-administrator -o "go-template={{index .data \"$1\" | base64decode}}"
}
SMOKE_EMAIL=$(read_key email)
SMOKE_PASSWORD=$(read_key password)
export SMOKE_EMAIL SMOKE_PASSWORD
exec "$@"
