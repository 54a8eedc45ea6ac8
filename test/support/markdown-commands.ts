/** A command of a page that a reader may type: its words as the shell would see them, and where it stands. */
export type DocumentedCommand = {
  readonly line: number;
  readonly text: string;
  readonly words: readonly string[];
};

/**
 * The commands in the ```sh fences of a Markdown text, in order: one per line, prompts and comments left out, lines
 * that end in a backslash joined with the next. `a && b` are two commands.
 */
export function commandsIn(markdown: string): readonly DocumentedCommand[] {
  const found: DocumentedCommand[] = [];
  let inside = false;
  let pending: { readonly line: number; readonly text: string } | undefined;

  for (const [at, raw] of markdown.split('\n').entries()) {
    if (/^\s*```/.test(raw)) {
      inside = !inside && /^\s*```(sh|shell|bash)\s*$/.test(raw);
      continue;
    }
    if (!inside) continue;
    const text = `${pending?.text ?? ''}${raw.trim().replace(/^\$ /, '')}`;
    const line = pending?.line ?? at + 1;
    pending = text.endsWith('\\') ? { line, text: `${text.slice(0, -1).trimEnd()} ` } : undefined;
    if (pending === undefined) found.push(...commandsOf(text, line));
  }

  return found;
}

function commandsOf(text: string, line: number): readonly DocumentedCommand[] {
  return text
    .replace(/(^|\s)#.*$/, '')
    .split('&&')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => ({ line, text: part, words: wordsOf(part) }));
}

function wordsOf(command: string): readonly string[] {
  const words = command.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];

  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}
