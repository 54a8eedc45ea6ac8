#!/bin/sh
# Makes the passwords that compose.yaml reads from secrets/, for the people who are named: sh secrets.sh ada ben.
# Passwords that are there stay. WORKFLOW is the command to use.
set -eu
umask 077
servers=nats://nats-1:4222,nats://nats-2:4222,nats://nats-3:4222
operators=
for name in "$@"; do operators="$operators --operator $name"; done
mkdir -p project secrets
# shellcheck disable=SC2086
${WORKFLOW:-npx 3ox-workflow} nats-config --project project --out secrets --server "$servers" --force $operators
node -p 'JSON.parse(fs.readFileSync(0)).engine' < secrets/nats-urls.json > secrets/engine-url
if [ ! -e secrets/routes.conf ]; then
  password=$(node -p 'crypto.randomBytes(24).toString("hex")')
  cat > secrets/routes.conf << END
authorization { user: "route", password: "$password" }
routes: [
  "nats://route:$password@nats-1:6222"
  "nats://route:$password@nats-2:6222"
  "nats://route:$password@nats-3:6222"
]
END
fi
