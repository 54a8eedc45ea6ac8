#!/bin/sh
# A worker in shell: `workflow worker` takes the items of an agent and runs this script for each of them.
#
#   sh worker.sh GREETER          a worker of the agent GREETER, two items at a time
#
# Without an argument it is the handler: the input comes in as JSON on stdin, the result goes out as JSON on stdout, what
# is said on stderr is shown as progress, and any exit code but 0 is a failure.
set -eu

if [ $# -gt 0 ]; then
  exec workflow worker "$1" --capacity 2 -- sh "$0"
fi

# Sent when the attempt timed out or was cancelled.
trap 'echo "stopped" >&2; exit 1' TERM

input=$(cat)
name=$(printf '%s' "$input" | sed -n 's/.*"name" *: *"\([^"\\]*\)".*/\1/p')
if [ -z "$name" ]; then
  echo "the input has no name: $input" >&2
  exit 1
fi

echo "greeting $name" >&2
printf '{"greeting": "hello %s", "by": "attempt %s of %s"}\n' "$name" "$WORKFLOW_ATTEMPT" "$WORKFLOW_TASK"
