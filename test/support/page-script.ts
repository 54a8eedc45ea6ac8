// What a reader of a page does, as a script for a shell: the files that a page says to put somewhere, and its commands,
// in order; and whether they printed what the page shows.

export type PageBlock =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'commands'; readonly line: number; readonly text: string }
  | { readonly kind: 'output'; readonly line: number; readonly text: string };

/**
 * The blocks of a page that are to be done or seen: a fence of `sh` is typed, a fence without a language is what the
 * commands before it print, and any other is a file where the paragraph before it ends by naming one and a colon.
 */
export function blocksOf(markdown: string): readonly PageBlock[] {
  const blocks: PageBlock[] = [];
  const fences = /(^|\n)```([^\n]*)\n([\s\S]*?)\n```(?=\n|$)/g;
  let end = 0;

  for (const { index, 0: whole, 2: language = '', 3: text = '' } of markdown.matchAll(fences)) {
    const line = markdown.slice(0, index).split('\n').length + 1;
    const path = fileNamedIn(markdown.slice(end, index));
    end = index + whole.length;
    if (language === 'sh') blocks.push({ kind: 'commands', line, text });
    else if (language === '') blocks.push({ kind: 'output', line, text });
    else if (path !== undefined) blocks.push({ kind: 'file', path, text });
  }

  return blocks;
}

/** "Put this in `greet.yaml`:", and whatever else says it in the last paragraph. */
function fileNamedIn(before: string): string | undefined {
  const paragraph =
    before
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  if (!paragraph.endsWith(':')) return undefined;

  return /`([\w./-]+\.[a-z]+)`/.exec(paragraph)?.[1];
}

/**
 * A shell script that does what the blocks say. A command that ends otherwise than the page says (0, or `# exit code 6`
 * behind it) ends the script. What each block of commands prints comes behind a mark with its line.
 */
export function scriptOf(blocks: readonly PageBlock[]): string {
  const parts = blocks.map((block) => {
    if (block.kind === 'file')
      return `mkdir -p "$(dirname ${block.path})"\ncat > ${block.path} <<'END_OF_FILE'\n${block.text}\nEND_OF_FILE`;
    if (block.kind === 'output') return '';

    return [`echo '${mark}${block.line}'`, ...block.text.split('\n').map(commandOf)].join('\n');
  });

  return ['exec 2>&1', ...parts].join('\n');
}

function commandOf(line: string): string {
  if (line.endsWith('\\')) throw new Error(`a command of one line is wanted: ${line}`);
  const expected = /# exit code (\d+)$/.exec(line)?.[1] ?? '0';
  const check = `code=$?; [ $code = ${expected} ] || { echo "exit code $code, not ${expected}: ${line.replaceAll(/["$`\\]/g, '')}"; exit 99; }`;

  return `${line}\n${check}`;
}

const mark = '@@ line ';

/** What each block of commands printed, by its line. */
function printedBy(stdout: string): ReadonlyMap<number, string> {
  const [, ...parts] = `\n${stdout}`.split(`\n${mark}`);

  return new Map(parts.map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf('\n') + 1)]));
}

/**
 * The lines that a page shows and its commands did not print, in this order. Ids of runs, times and the width of
 * columns may differ, and `...` stands for anything.
 */
export function unseen(blocks: readonly PageBlock[], stdout: string): readonly string[] {
  const printed = printedBy(stdout);
  const missing: string[] = [];
  let commands = '';

  for (const block of blocks) {
    if (block.kind === 'commands') commands = printed.get(block.line) ?? '';
    if (block.kind !== 'output') continue;
    let rest = commands.split('\n');
    for (const line of block.text.split('\n')) {
      const at = rest.findIndex((candidate) => patternOf(line).test(candidate));
      if (at === -1) missing.push(line);
      else rest = rest.slice(at + 1);
    }
  }

  return missing;
}

function patternOf(line: string): RegExp {
  const words = line
    .trim()
    .split(/(\.\.\.|\b01[0-9a-z]{11,}\b|\b\d+(?:\.\d+)?m?s\b|\s+)/)
    .map((part) => {
      if (part === '...') return '.*';
      if (/^01[0-9a-z]{11,}$/.test(part)) return '[0-9a-z]{13,}';
      if (/^\d+(\.\d+)?m?s$/.test(part)) return '[\\d.]+m?s';
      if (/^\s+$/.test(part)) return '\\s+';

      return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });

  return new RegExp(`^\\s*${words.join('')}\\s*$`);
}
