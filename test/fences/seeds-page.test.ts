// docs/seeds.md claims nothing that is not there: every test that it names is a file, every command is one of ours.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program/program.ts';
import { createMemoryApp } from '../cli/memory-app.ts';
import { createTestIo } from '../cli/test-io.ts';
import { root, textOf } from './repository-files.ts';

type Row = {
  readonly number: string;
  readonly state: string;
  readonly command: string;
  readonly kept: string;
};

const rows: readonly Row[] = [
  ...textOf('docs/seeds.md').matchAll(/^\| (\d+) \| .* \| (.*?) \| (.*?) \|(.*?)\|$/gm),
].map(([, number = '', state = '', command = '', kept = '']) => ({
  number,
  state,
  command: inCode(command),
  kept: inCode(kept),
}));

function inCode(cell: string): string {
  return /`([^`]*)`/.exec(cell)?.[1] ?? '';
}

test('the page has the 38 things that the seeds name, each once', () => {
  expect(rows.map(({ number }) => Number(number))).toEqual(
    Array.from({ length: 38 }, (_, index) => index + 1),
  );
});

test.each(rows)('row $number says how it stands, and names a test and a command that there are', (row) => {
  expect(row.state).toMatch(/^(works|missing|in part: .+)$/);
  if (row.state === 'missing') return;
  expect(row.kept === '' ? '' : existsSync(join(root, row.kept)) ? 'there' : row.kept).toBe('there');
  expect(commands()).toContain(row.command);
});

function commands(): readonly string[] {
  const program = createProgram(createMemoryApp(), createTestIo());

  return program.commands.flatMap((each) => [
    `workflow ${each.name()}`,
    ...each.commands.map((inner) => `workflow ${each.name()} ${inner.name()}`),
  ]);
}
