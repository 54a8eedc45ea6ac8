#!/bin/sh
# The command of the image. The address of the servers holds a password: it comes as a secret, which `docker inspect`
# does not show.
set -eu
if [ -r /run/secrets/engine-url ]; then
  NATS_URL=$(cat /run/secrets/engine-url)
  export NATS_URL
fi
exec node /opt/workflow/dist/bin/workflow.js "$@"
