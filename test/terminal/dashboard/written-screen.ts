// A terminal that knows what the screen writes: a place, text, clear the line, clear below, clear all.

export function screenOf(text: string): readonly string[] {
  const lines: string[] = [];
  let row = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of a terminal begin with this character.
  for (const [part] of text.matchAll(/\u001b\[\??[0-9;]*[A-Za-z]|[^\u001b]+/g)) {
    if (!part.startsWith('\u001b')) lines[row] = (lines[row] ?? '') + part;
    else if (part.endsWith('H')) {
      row = Number.parseInt(part.slice(2), 10) - 1;
      lines[row] = '';
    } else if (part.endsWith('J')) lines.splice(part === '\u001b[2J' ? 0 : row);
  }

  return Array.from(lines, (line) => line ?? '');
}
