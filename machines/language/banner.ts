/**
 * Definitions of the v8sl style are decorated: lines such as `///▙▖▙▖` or `〔...〕 :: ∎` before the `workflow:` line
 * and a closing `//...` line. They are no YAML. They are taken out by overwriting them with spaces, so that every
 * offset, line and column of the rest stays that of the file.
 */
export function splitBanner(text: string): { readonly yaml: string; readonly banner: string } {
  const lines = text.split('\n');
  const workflow = lines.findIndex((line) => /^workflow\s*:/.test(line));
  if (workflow === -1) return { yaml: text, banner: '' };

  const banner: string[] = [];
  const plain = lines.map((line, index) => {
    if (index < workflow ? isYaml(line, lines[index - 1]) : !isClosing(lines, index)) return line;
    if (line.trim() !== '') banner.push(line.trimEnd());

    return blank(line);
  });

  return banner.length === 0
    ? { yaml: text, banner: '' }
    : { yaml: plain.join('\n'), banner: banner.join('\n') };
}

/** A line before `workflow:` that YAML may have there: a comment, a marker, an ordinary key or what belongs to it. */
function isYaml(line: string, before: string | undefined): boolean {
  if (line.trim() === '' || /^\s*#/.test(line) || /^(---|\.\.\.|%)/.test(line)) return true;
  if (/^["']?[A-Za-z_][\w.-]*["']?\s*:(\s|$)/.test(line)) return true;

  return /^(\s+|- )/.test(line) && before !== undefined && /^([A-Za-z_"'-]|\s+\S)/.test(before);
}

/** The decoration at the end: nothing but decoration and blank lines follows it. */
function isClosing(lines: readonly string[], index: number): boolean {
  if (!isDecoration(lines[index] ?? '')) return false;

  return lines.slice(index + 1).every((line) => line.trim() === '' || isDecoration(line));
}

function isDecoration(line: string): boolean {
  return /^(\/\/|[\u2580-\u259f\u3014\u27e6])/.test(line);
}

function blank(line: string): string {
  return line.replace(/[^\r]/g, ' ');
}
