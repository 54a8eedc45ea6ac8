// Every tutorial works as it is written: its files are put where it says, its commands are typed in order, in a folder
// that was empty, and what it shows is what they print. Method: a shell, the built command line, a real server.
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, unseen } from '../support/page-script.ts';
import { openPageShell, type PageShell } from './page-shell.ts';
import { isPythonThere } from './worker-processes.ts';

const tutorials = fileURLToPath(new URL('../../docs/tutorials/', import.meta.url));
const pages = readdirSync(tutorials).filter((name) => name !== 'README.md');
const linesMax = 120;
/** Two runs that failed for a reason that is gone. */
const failedTwice = `
Put this in \`orders.yaml\`:

\`\`\`yaml
workflow: {id: orders, version: 1, tasks: [{id: ship, run: cat address, timeout: 1m}]}
\`\`\`

\`\`\`sh
workflow start orders.yaml   # exit code 1
workflow start orders.yaml   # exit code 1
echo here > address
\`\`\`
`;
let shell: PageShell;

beforeAll(async () => {
  shell = await openPageShell();
});
afterAll(() => shell.close());

test('there are five, each of them short and named by the page that lists them', async () => {
  const list = await readFile(join(tutorials, 'README.md'), 'utf8');

  expect(pages).toHaveLength(5);
  for (const page of pages) {
    expect(list).toContain(`(${page})`);
    const lines = (await readFile(join(tutorials, page), 'utf8')).trimEnd().split('\n');
    expect(lines.length, page).toBeLessThanOrEqual(linesMax);
  }
});

test('what the page of stepping in does to many runs is done to two that failed', async () => {
  const page = await readFile(join(tutorials, '../stepping-in.md'), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'workflow-stepping-in-'));
  try {
    const { code, printed } = await shell.run(blocksOf(`${failedTwice}${page}`), folder);

    expect({ code, printed }).toEqual({ code: 0, printed });
    expect(printed).toContain('2 of 2 runs fit; nothing was changed');
    expect(printed).toContain('2 retried, 0 refused');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

test.each(pages)(
  '%s',
  async (page) => {
    const text = await readFile(join(tutorials, page), 'utf8');
    if (/^```python$/m.test(text) && !isPythonThere) return;
    const folder = await mkdtemp(join(tmpdir(), 'workflow-tutorial-'));
    const blocks = blocksOf(text);
    try {
      const { code, printed } = await shell.run(blocks, folder);

      expect(blocks.filter(({ kind }) => kind === 'file').length).toBeGreaterThanOrEqual(1);
      expect({ code, unseen: unseen(blocks, printed), printed }).toEqual({ code: 0, unseen: [], printed });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
