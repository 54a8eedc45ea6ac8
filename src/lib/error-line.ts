/** Lines in which programs name what went wrong: `TypeError: ...`, `x.sh: line 3: ...`, `git: fatal: ...`. */
const naming: readonly RegExp[] = [
  /^(?:Uncaught )?[\w$.]*(?:Error|Exception)(?: \[[\w-]+\])?(?::|$)/,
  /^[^\s:]+: (?:line )?\d+: \S/,
  /^(?:[^\s:]+: )?(?:error|fatal|panic)(?:\[\w+\])?: /i,
];
/** What the node program writes below an error. */
const footer = /^(?:Node\.js v\d|\(Use `node --trace-)/;

/**
 * The line of what a program wrote on standard error that says best what went wrong: of a Python traceback its last,
 * else the first that names an error, else what stands below the `^` of node, else the last. Empty where nothing was
 * written.
 */
export function errorLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !footer.test(line));

  return raised(lines) ?? lines.find(isNaming) ?? pointedAt(lines) ?? lines.at(-1) ?? '';
}

function isNaming(line: string): boolean {
  return naming.some((each) => each.test(line));
}

/** One exception may be raised while another is handled: the last is the one that ended the program. */
function raised(lines: readonly string[]): string | undefined {
  const begin = lines.lastIndexOf('Traceback (most recent call last):');

  return begin < 0 ? undefined : lines.slice(begin + 1).find((line) => /^\S/.test(line));
}

function pointedAt(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => /^\s*\^+$/.test(line));

  return at < 0 ? undefined : lines[at + 1];
}
