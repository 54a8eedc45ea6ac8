// How runs look: one that waits, a table on a narrow terminal, a long text. Method: the real engine over the journal in
// memory; runs are started by the command itself.
import { expect, test } from 'vitest';
import { all } from './definitions.ts';
import { createProject } from './project.ts';

test('a run that only waits for a person is shown as needing approval wherever it is shown', async () => {
  const { cli } = await createProject(all);
  expect((await cli('start approval')).out).toMatch(/^◇ needs approval {2}approval v1/);
  for (const line of ['status', 'status @last', 'list', 'show @last']) {
    const { out } = await cli(line);
    expect(out).toContain('◇ needs approval');
    expect(out).not.toContain('running');
  }
});

test('on a narrow terminal no line of a table is wider than it, and what names the row stays', async () => {
  const { cli } = await createProject(all);
  await cli('start approval');
  for (const [line, title] of [
    ['list', 'RUN STATUS DEFINITION TASKS NOW AT'],
    ['history @last', 'SEQ EVENT TRANSITIONS'],
  ] as const) {
    const { out } = await cli(line, { stdoutIsTty: true, columns: 60, env: { NO_COLOR: '1' } });
    for (const row of out.split('\n')) expect(row.length).toBeLessThanOrEqual(60);
    for (const column of title.split(' ')) expect(out.split('\n')[0]).toContain(column);
  }
});

test('show cuts a long text, and --json has it whole', async () => {
  const { cli } = await createProject(all);
  await cli(`start greeting --who ${'x'.repeat(5000)}`);
  const { out } = await cli('show @last');
  expect(out).toContain('... and 4000 more characters (--json shows all)');
  expect(out).not.toContain('x'.repeat(1001));
  expect((await cli('show @last --json')).out).toContain('x'.repeat(5000));
});
