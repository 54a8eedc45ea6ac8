# The command of a `workflow worker` that does what the input of an item says, as far as a command can.
input=$(cat)
file=$(printf '%s' "$input" | sed -n 's/.*"file":"\([^"]*\)".*/\1/p')
case $input in
  *'"do":"echo"'*) printf '{"key":"%s","echo":%s}\n' "$WORKFLOW_ATTEMPT_KEY" "$input" ;;
  *'"do":"refuse"'*)
    echo 'no paint' >&2
    exit 3
    ;;
  *'"do":"wait"'*)
    trap 'echo stopped >"$file"; exit 1' TERM
    while :; do
      echo 'half way' >&2
      sleep 0.2
    done
    ;;
  *'"do":"slow"'*)
    until test -e "$file"; do sleep 0.05; done
    echo '"slow"'
    ;;
esac
