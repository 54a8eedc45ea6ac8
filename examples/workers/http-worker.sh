#!/bin/sh
# A worker over HTTP in shell: curl, and nothing else. docs/http-work.md says what is told to the engine.
#
#   WORKFLOW_URL=http://127.0.0.1:7420 sh http-worker.sh GREETER ./greet
#
# The command is run once for each item: the answer to the claim comes in as JSON on stdin (its `item.input` is the input
# of the task), the result goes out as JSON on stdout. Any exit code but 0 is a failure that is tried again. The token is
# that of WORKFLOW_TOKEN, as `workflow tokens add AGENT --level L3` prints it. The command does not get it: the claim that
# it is given opens its attempt and nothing else.
set -u
if [ $# -lt 2 ]; then
  echo 'usage: WORKFLOW_URL=http://... sh http-worker.sh AGENT COMMAND [ARGUMENT ...]' >&2
  exit 2
fi

agent=$1
shift
worker="$(uname -n)-$$"
folder=$(mktemp -d)
token=${WORKFLOW_TOKEN:-}
unset WORKFLOW_TOKEN
# In a file of our own, because everybody on this machine sees the arguments of curl.
printf 'Authorization: Bearer %s\n' "$token" >"$folder/header"
beating=
trap '[ -n "$beating" ] && kill "$beating" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 0' TERM INT

# ask WHAT: posts what comes on stdin, writes the answer to $folder/WHAT and the status on stdout; 000: nobody answered.
ask() {
  curl --silent --max-time 60 --output "$folder/$1" --write-out '%{http_code}' --data-binary @- \
    --header 'Content-Type: application/json' ${token:+--header "@$folder/header"} \
    "$WORKFLOW_URL/api/v1/work/$1"
}

# tell WHAT: says the same until it is answered for good: it is recorded once, however often it is told. False: what was
# told cannot be taken, such as an output that is no JSON.
tell() {
  while :; do
    status=$(ask "$1" <"$folder/report")
    case $status in
      200 | 409) return 0 ;;
      408 | 429) sleep 1 ;;
      4*) cat "$folder/$1" >&2; return 1 ;;
      *) sleep 1 ;;
    esac
  done
}

echo "worker of $agent ready" >&2
while :; do
  status=$(printf '{"agent":"%s","worker":"%s","waitMs":25000,"language":"shell"}' "$agent" "$worker" | ask claim)
  case $status in
    200) ;;
    204) continue ;;
    400 | 401 | 403) cat "$folder/claim" >&2; exit 2 ;;
    *) sleep 1; continue ;;
  esac
  # The claim comes first: there may be something of this name in the input, too.
  claim=$(sed -n 's/^{ *"claim" *: *"\([A-Za-z0-9_-]*\)".*/\1/p' "$folder/claim")

  # The queue gives the item to somebody else when it hears nothing for ten seconds. It ends by itself when the claim is
  # settled or this worker is gone: a signal that reaches a subshell before it has its own traps is lost.
  (while sleep 3 && kill -0 $$ 2>/dev/null; do
    case $(printf '{"claim":"%s"}' "$claim" | ask heartbeat) in 408 | 429) ;; 4*) break ;; esac
  done) &
  beating=$!
  if "$@" <"$folder/claim" >"$folder/output" 2>"$folder/errors"; then
    printf '{"claim":"%s","output":%s}' "$claim" "$(cat "$folder/output")" >"$folder/report"
    tell complete || {
      printf '{"claim":"%s","error":{"code":"command.output","message":"its output was not taken","retryable":false}}' \
        "$claim" >"$folder/report"
      tell fail
    }
  else
    printf '{"claim":"%s","error":{"code":"command.exit","message":"exit code %s","retryable":true}}' "$claim" "$?" \
      >"$folder/report"
    tell fail
  fi
  kill "$beating" 2>/dev/null
  beating=
done
