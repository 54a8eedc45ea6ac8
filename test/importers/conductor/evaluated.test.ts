// Scripts of Conductor that no expression can say run as they stand, and one that never ends fails its own run alone.
// Method: what was imported runs on the real engine and a real server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type EmbeddedEngine } from '../../../src/compose/embedding/create-engine.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { importedTasks } from './conductor-fixtures.ts';

let server: TestServer;
let dir: string;
let engine: EmbeddedEngine;

beforeAll(async () => {
  server = await startTestServer();
  dir = await mkdtemp(join(tmpdir(), 'workflow-evaluated-'));
  engine = await createEngine({ url: server.url, dir });
});
afterAll(async () => {
  await engine.close({ drainMs: 0 });
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const list = '${workflow.input.list}';

function inline(ref: string, expression: string) {
  const inputParameters = { list, evaluatorType: 'javascript', expression };

  return { name: ref, taskReferenceName: ref, type: 'INLINE', inputParameters };
}

const whole = importedTasks(
  [
    inline('summed', 'var sum = 0; for (const each of $.list) sum += each.size; sum'),
    {
      ...{ name: 'kinds', taskReferenceName: 'kinds', type: 'JSON_JQ_TRANSFORM' },
      inputParameters: { list, queryExpression: '.list | group_by(.kind)[] | {(.[0].kind): length}' },
    },
    {
      ...{ name: 'route', taskReferenceName: 'route', type: 'SWITCH', evaluatorType: 'javascript' },
      inputParameters: { list },
      expression:
        "let most = 0; for (const { size } of $.list) most = Math.max(most, size); most > 4 ? 'big' : 'small'",
      decisionCases: { big: [inline('taken', 'for (const { kind } of $.list) kind; "big"')] },
    },
  ],
  {
    name: 'whole',
    inputParameters: ['list'],
    outputParameters: {
      sum: '${summed.output.result}',
      first: '${kinds.output.result}',
      kinds: '${kinds.output.resultList}',
      taken: '${taken.output.result}',
    },
  },
);
const endless = importedTasks([inline('endless', 'for (;;) {}')], {
  name: 'endless',
  inputParameters: ['list'],
});

test('loops, groups and decisions give what Conductor gave, beside a script that never ends', async () => {
  expect([...whole.entries, ...endless.entries].filter(({ severity }) => severity === 'loss')).toEqual([]);
  const hostile = await engine.start(endless.yaml, {});
  const run = await engine.start(whole.yaml, {
    list: [
      { kind: 'a', size: 2 },
      { kind: 'b', size: 5 },
      { kind: 'a', size: 1 },
    ],
  });

  expect(await run.result()).toEqual({ sum: 8, first: { a: 2 }, kinds: [{ a: 2 }, { b: 1 }], taken: 'big' });
  await expect(hostile.result()).rejects.toThrow('took longer than 3 s');
}, 60_000);
