# What the steps of action.yml have in common: each sources it. Sets `prefix`, the folder of the project as git names it
# from the root of the repository ("shop/", or nothing), and goes there: npx looks for what is installed from there up.
root=$PWD
cd "$PROJECT"
prefix=$(git rev-parse --show-prefix)
out="$RUNNER_TEMP/workflow.out"
err="$RUNNER_TEMP/workflow.err"

# workflow ARGUMENT...: by the input `command`; without it what is installed, else the release that the action is of.
workflow() {
  local dir=$PWD
  until [ -x "$dir/node_modules/.bin/3ox-workflow" ] || [ "$dir" = "$root" ] || [ "$dir" = / ]; do dir=$(dirname "$dir"); done
  if [ -n "$COMMAND" ]; then $COMMAND "$@"
  elif [ -x "$dir/node_modules/.bin/3ox-workflow" ]; then "$dir/node_modules/.bin/3ox-workflow" "$@"
  else npx --yes 3ox-workflow@0.1.0 "$@"; fi
}

# report TITLE ARGUMENT...: runs workflow, and has what it prints in the log and under TITLE in the summary. Returns its
# exit code. Whoever opened the pull request wrote some of that text: between the two marks of the log no line of it
# commands the runner, and the fence of the summary is longer than any in it. Annotations stand after the second mark.
report() {
  local title=$1 code=0 mark fence='```' line
  mark=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$mark"
  workflow "${@:2}" < /dev/null 2> "$err" | tee "$out" || code=$?
  { grep -Ev '^::(error|warning|notice) ' "$err" || true; } | tee -a "$out"
  printf '\n::%s::\n' "$mark"
  { grep -E '^::(error|warning|notice) ' "$err" || true; } |
    while IFS= read -r line; do printf '%s\n' "${line/ file=/ file=$prefix}"; done
  while grep -qF "$fence" "$out"; do fence+='`'; done
  { printf '### %s\n%s\n' "$title" "$fence"; cat "$out"; printf '%s\n' "$fence"; } >> "$GITHUB_STEP_SUMMARY"

  return "$code"
}

# as_code TEXT: for the name of a file, which may hold anything.
as_code() {
  printf '`%s`' "${1//[$'\n\r`']/?}"
}
