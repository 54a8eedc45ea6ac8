// Writes definitions for tests: a test gives the part it is about, the rest is the least a definition needs.

/** A definition with the given tasks, which begin on line 5, indented by four. `head` are keys before `tasks`. */
export function definitionText(tasks: string, head = ''): string {
  const before = head === '' ? '' : `${indented(head, 2)}\n`;

  return `workflow:\n  id: under-test\n  version: 1\n${before}  tasks:\n${indented(tasks, 4)}\n`;
}

/** A definition with one task, and the given keys, which begin on line 4. */
export function definitionWith(head: string): string {
  return `workflow:\n  id: under-test\n  version: 1\n${indented(head, 2)}\n  tasks:\n    - id: only\n      uses: notify\n`;
}

function indented(text: string, by: number): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n');
  const margin = Math.min(
    ...lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length),
  );

  return lines.map((line) => `${' '.repeat(by)}${line.slice(margin)}`.trimEnd()).join('\n');
}
