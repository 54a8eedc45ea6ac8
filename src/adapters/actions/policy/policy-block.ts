/** A piece of YAML in a policy file. `firstLine` is the line of the file that its first line is on, from 1. */
export type PolicyBlock = { readonly text: string; readonly firstLine: number };

/**
 * The YAML of a policy file, in order: front matter between `---` lines at the top, then every fenced block marked
 * `yaml` or `yml`. A file that is YAML or JSON by its name is one block.
 */
export function policyBlocks(fileName: string, text: string): readonly PolicyBlock[] {
  const source = text.replace(/^\uFEFF/, '');
  if (/\.(ya?ml|json)$/i.test(fileName)) return [{ text: source, firstLine: 1 }];

  const lines = source.split(/\r?\n/);
  const blocks: PolicyBlock[] = [];
  let opened: { readonly line: number; readonly closes: RegExp; readonly isYaml: boolean } | undefined;
  for (const [index, line] of lines.entries()) {
    if (opened === undefined) {
      opened = opening(line, index);
    } else if (opened.closes.test(line)) {
      const text = lines.slice(opened.line + 1, index).join('\n');
      if (opened.isYaml) blocks.push({ text, firstLine: opened.line + 2 });
      opened = undefined;
    }
  }

  return blocks;
}

function opening(line: string, index: number) {
  if (index === 0 && /^---\s*$/.test(line)) return { line: index, closes: /^(---|\.\.\.)\s*$/, isYaml: true };

  const [, fence, language] = /^ {0,3}(`{3,}|~{3,})\s*([\w-]*)/.exec(line) ?? [];
  if (fence === undefined) return undefined;

  return {
    line: index,
    closes: new RegExp(`^ {0,3}\\${fence.charAt(0)}{${fence.length},}\\s*$`),
    isYaml: /^ya?ml$/i.test(language ?? ''),
  };
}
