// What the pages show: every YAML block that is a definition, lists of tasks, completed to one, and tables.
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

export type PageDefinition = {
  readonly page: string;
  /** Which of the YAML blocks of the page it is, from 0. */
  readonly index: number;
  readonly text: string;
};

export const pages: readonly string[] = [
  'README.md',
  ...['docs', 'docs/tutorials'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

export function pageText(page: string): string {
  return readFileSync(new URL(page, root), 'utf8');
}

/** The YAML blocks of a page; `refused` are those that are shown as wrong. */
export function yamlBlocks(page: string, kind: 'good' | 'refused' = 'good'): readonly string[] {
  const fence = kind === 'good' ? '```yaml' : '```yaml refused';

  return pageText(page)
    .split(`\n${fence}\n`)
    .slice(1)
    .map((after) => after.split(/^```$/m)[0] ?? '');
}

/** A list of tasks stands for a definition with these tasks: a page need not repeat what they read. */
function definitionIn(block: string): string | undefined {
  if (/^workflow:/m.test(block)) return block;
  if (!/^- id: /.test(block)) return undefined;
  const inputs = named(block, /workflow\.input\.(\w+)/g);
  const before = named(block, /(\w+)\.output\b/g);
  const tasks = block.replaceAll(/^- id: .*$/gm, (line) =>
    before.length === 0 ? line : `${line}\n  depends_on: [${before.join(', ')}]`,
  );
  const lines = [...before.map((id) => `- {id: ${id}, assigned_to: SOMEBODY}`), ...tasks.split('\n')];
  const head = `workflow:\n  id: shown\n  version: 1\n  input: {required: [${inputs.join(', ')}]}\n  tasks:\n`;

  return `${head}${lines.map((line) => `    ${line}`).join('\n')}\n`;
}

function named(block: string, pattern: RegExp): readonly string[] {
  return [...new Set([...block.matchAll(pattern)].flatMap(([, name = '']) => name))];
}

export const pageDefinitions: readonly PageDefinition[] = pages.flatMap((page) =>
  yamlBlocks(page).flatMap((block, index) => {
    const text = definitionIn(block);
    return text === undefined ? [] : [{ page, index, text }];
  }),
);

/** The cells of each row of the first table under a heading. */
export function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const [, after = ''] = pageText(page).split(`\n${heading}\n`);
  const [table = ''] = /(?:^\|.*\n)+/m.exec(after) ?? [];

  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
}
