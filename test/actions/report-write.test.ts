// A report is a page for people: every value stands where it belongs and cannot look like another part of the page.
// Method: write one, read the file.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { reportWrite } from '../../src/actions/report-write.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

async function page(input: Record<string, Json>): Promise<string> {
  const projectDir = await temporaryProject();
  await reportWrite(testAttempt({ projectDir, input: { path: 'r.md', ...input } }));

  return readFile(join(projectDir, 'r.md'), 'utf8');
}

test('writes title, summary, texts, lists and tables in order, and whose run it was', async () => {
  const sections = [
    { heading: 'Words', text: 'Two\nlines.' },
    { heading: 'List', items: ['one', 2, { three: 3 }] },
    {
      heading: 'Table',
      table: { columns: ['folder', 'score'], rows: [{ folder: 'a', score: 100 }, { folder: 'b' }] },
    },
    { heading: 'Nothing', items: [] },
  ];
  expect(await page({ title: 'A report', summary: 'All is well.', sections })).toBe(
    `# A report

All is well.

## Words

Two
lines.

## List

- one
- 2
- {"three":3}

## Table

| folder | score |
| --- | --- |
| a | 100 |
| b |  |

## Nothing

None.

Run \`run-1\`
`,
  );
});

test('no value begins a heading, a fence, a row or a line of its own', async () => {
  const text = 'fine #1\n# big\n  ## big\n```\n---';
  const table = { columns: ['a'], rows: [{ a: 'x | y\n| z' }] };
  const sections = [{ heading: 'h\n# i', text, items: ['a\n- b'], table }];
  expect(await page({ title: 't\n# u', sections })).toBe(
    `# t # u

## h # i

fine #1
\\# big
\\## big
\\\`\`\`
\\---

- a - b

| a |
| --- |
| x \\| y \\| z |

Run \`run-1\`
`,
  );
});

test('writes the very same page again, and says its digest', async () => {
  const projectDir = await temporaryProject();
  const attempt = () => testAttempt({ projectDir, input: { path: 'sub/r.md', title: 'Again' } });
  const first = await reportWrite(attempt());
  const text = await readFile(join(projectDir, 'sub/r.md'));
  expect(first).toEqual({
    report_file: 'sub/r.md',
    report_sha256: createHash('sha256').update(text).digest('hex'),
  });
  expect(await reportWrite(attempt())).toEqual(first);
});

test.each([
  [{ path: 'r.txt', title: 't' }, 'file.unknown-format'],
  [{ path: '../r.md', title: 't' }, 'path.outside-project'],
  [{ path: 'r.md' }, 'action.invalid-input'],
  [{ path: 'r.md', title: 't', sections: [{ heading: 'h', tabel: {} }] }, 'action.invalid-input'],
])('refuses %j with %s', async (input, code) => {
  const projectDir = await temporaryProject();
  const written = reportWrite(testAttempt({ projectDir, input }));
  await expect(written).rejects.toMatchObject({ name: 'TaskError', code, retryable: false });
});
