// A start with a key is carried out once, whoever takes it. Method: engines over one journal in memory, each with a
// session of its own; what is asked of one is asked again of the next.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { keyedRun } from '../../src/engine/keyed-start.ts';
import { createMemoryApp, type MemoryApp } from '../cli/memory-app.ts';
import { definitionText } from '../support/definition-text.ts';

const text = definitionText(
  `
  - { id: wait, type: WAIT, signal: go }
  - { id: check, depends_on: wait, timeout: 1m, run: { command: [test, one, "=", "\${workflow.input.token}"] } }
  `,
  `
  input:
    properties:
      who: { type: string, default: ana }
      token: { type: string, secret: true, default: one }
      note: { type: string }
  `,
);

function definition() {
  const read = loadDefinition({ file: 'a.yaml', content: text });
  if (!read.ok) throw new Error(read.problems[0]?.message);

  return read.loaded;
}

async function engineOf(app: MemoryApp) {
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-keyed-'));
  onTestFinished(() => rm(projectDir, { recursive: true, force: true }));
  const session = await app.open({ projectDir, engine: 'embedded' }, () => undefined);
  onTestFinished(() => session.close());
  const { workflows } = session;
  const start = (key: string | undefined, input: Readonly<Record<string, string>>, actor = 'ana') =>
    workflows.start({
      definition: definition(),
      file: 'a.yaml',
      input: { who: 'ana', token: 'one', ...input },
      actor,
      ...(key === undefined ? {} : { key }),
    });

  return { ...session, start };
}

test('the same start with the same key is answered with the run of the first, by another engine as well', async () => {
  const app = createMemoryApp();
  const first = await engineOf(app);
  const answer = await first.start('k', {});
  expect(answer).toEqual({ ok: true, run: keyedRun('ana', 'k'), sequence: 1 });
  expect(await first.start('k', {})).toEqual(answer);
  await first.close();
  const second = await engineOf(app);
  expect(await second.start('k', {})).toEqual(answer);
  expect(await second.workflows.list()).toHaveLength(1);
});

test('two who ask at once start one run', async () => {
  const { start, workflows } = await engineOf(createMemoryApp());
  const answers = await Promise.all([start('k', {}), start('k', {}), start('k', {})]);
  expect(new Set(answers.map(({ run }) => run)).size).toBe(1);
  expect(answers.every(({ ok }) => ok)).toBe(true);
  expect(await workflows.list()).toHaveLength(1);
});

test('another start with the key is refused, and other keys and other people have their own', async () => {
  const { start, workflows } = await engineOf(createMemoryApp());
  await start('k', {});
  expect(await start('k', { who: 'bob' })).toMatchObject({
    ok: false,
    refusal: { code: 'run.key-taken', message: expect.stringContaining('take another key') },
  });
  expect(await start('k', {}, 'bob')).toMatchObject({ ok: true, run: keyedRun('bob', 'k') });
  expect(await start('l', {})).toMatchObject({ ok: true, run: keyedRun('ana', 'l') });
  expect(await start(undefined, {})).toMatchObject({ ok: true, run: expect.stringMatching(/^0/) });
  expect(await workflows.list()).toHaveLength(4);
});

test('an input that was left out, or is given now, makes it another start', async () => {
  const { start } = await engineOf(createMemoryApp());
  const taken = { ok: false, refusal: { code: 'run.key-taken' } };
  await start('with', { note: 'x' });
  await start('without', {});
  expect(await start('with', {})).toMatchObject(taken);
  expect(await start('without', { note: 'x' })).toMatchObject(taken);
  expect(await start('with', { note: 'x' })).toMatchObject({ ok: true });
});

test('the secrets of the first start stay as they are', async () => {
  const app = createMemoryApp();
  const first = await engineOf(app);
  const { run } = await first.start('k', { token: 'one' });
  expect(await first.start('k', { token: 'two' })).toMatchObject({ ok: true, run });
  await first.close();
  // Another engine reads them anew.
  const { workflows } = await engineOf(app);
  await workflows.command(run, { kind: 'signal', name: 'go', data: {} }, 'ana');
  await expect.poll(async () => (await workflows.view(run)).state.status).toBe('COMPLETED');
});
