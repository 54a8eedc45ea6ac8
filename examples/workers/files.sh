#!/bin/sh
# An agent that works with files: tasks come into its inbox as YAML, its answers go into its outbox. POSIX sh alone.
#
#   files.sh AGENT INBOX OUTBOX [claim]
#
# Started once, it is the listener of the 3OX documents: read, process, write the response, remove the task. With `claim`
# as many of them as you like share the inbox: each takes a task by renaming it, and touches it while it works.
set -eu
agent=$1 inbox=$2 outbox=$3 claims=${4:-}
worker="$(uname -n | tr -c 'A-Za-z0-9\n' '-')-$$"
mkdir -p "$inbox" "$outbox"

# The value of a line `  key: value` of the header, without quotes.
header() { sed -n "s/^  $2: *//p" "$1" | head -n 1 | sed "s/^'\(.*\)'\$/\1/; s/^\"\(.*\)\"\$/\1/"; }

# What the agent can do: gets the task's file, prints the payload of the answer, two blanks deep.
process() {
  folder=$(sed -n '/^payload:/,/^routing:/s/^  folder: *//p' "$1" | head -n 1)
  count=$(find "${folder:-.}" -type f 2>/dev/null | wc -l)
  printf '  files: %d\n  by: "%s"\n' "$count" "$worker"
}

# A new name at the end makes the answer whole at once: nobody sees half of it.
answer() {
  response="response-${2#task-}"
  if payload=$(process "$1"); then status=success; else status=failed payload='  null'; fi
  {
    printf 'header:\n'
    grep -E '^  (workflow_id|task_id|attempt|token):' "$1"
    printf '  agent: "%s"\n  status: %s\npayload:\n%s\n' "$agent" "$status" "$payload"
  } >"$outbox/.$response.$$"
  mv "$outbox/.$response.$$" "$outbox/$response"
}

# Touches a file for as long as this script is there, and leaves nothing behind when it is told to end.
touch_on() {
  pause=
  trap 'kill $pause 2>/dev/null; exit' TERM
  while kill -0 $$ 2>/dev/null; do
    touch -c "$1"
    sleep 5 &
    pause=$!
    wait "$pause"
  done
}

while :; do
  for task in "$inbox"/task-*.yaml; do
    [ -f "$task" ] || continue
    [ "$(header "$task" assigned_to)" = "$agent" ] || continue
    name=$(basename "$task")
    if [ -n "$claims" ]; then
      # Of all who rename it, one gets it.
      mv "$task" "$task.$worker.claimed" 2>/dev/null || continue
      task="$task.$worker.claimed"
      touch_on "$task" &
      alive=$!
      answer "$task" "$name" || true
      kill "$alive" 2>/dev/null || true
    else
      answer "$task" "$name"
    fi
    rm -f "$task"
    echo "$agent answered $name"
  done
  sleep 1
done
