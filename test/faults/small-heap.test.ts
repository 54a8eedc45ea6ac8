// An engine with a heap of 128 MB, and very many runs that wait for people and for times. Method: two runs
// are begun, their records are copied to the others, and all are served by the built program.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { signed } from '../../machines/run/record/record-text.ts';
import { newRunId, openSession } from '../../src/compose/session/open-session.ts';
import { openFaultStation, recovers } from './fault-station.ts';

/** `.ci/nightly` takes 20,000. */
const runs = Number(process.env['WAITING_RUNS'] ?? 2_000);
const inFlightMax = 200;
const testMsMax = 15 * 60_000;

const texts = [
  '{ id: sign, type: HUMAN, wait_for_approval: true }',
  '{ id: hold, type: WAIT, duration: 20h }',
].map((task, index) => `workflow:\n  id: held-${index}\n  version: 1\n  tasks: [${task}]\n`);

test(
  'a heap of 128 MB is enough to start, list and serve thousands of waiting runs',
  async () => {
    const station = await openFaultStation();
    await beginRuns(station.folder);
    const engine = await station.serve([], { NODE_OPTIONS: '--max-old-space-size=128' });
    await recovers(engine);

    const started = await engine.start();
    expect(started).toMatch(/^[0-9a-z]{26}$/);
    for (const path of ['runs?limit=50', 'runs?status=RUNNING&limit=50', 'agents'])
      expect(await engine.ask('GET', `/api/v1/${path}`), path).toMatchObject({ status: 200 });
    expect(await engine.ask('GET', '/api/v1/runs?limit=1')).toMatchObject({ body: { total: runs + 1 } });
    expect(await engine.start()).not.toBe(started);
    expect(await engine.readiness()).toMatchObject({ status: 200 });
  },
  testMsMax,
);

/** Begins a run of each definition, and copies its record to very many runs with ids of their own. */
async function beginRuns(projectDir: string): Promise<void> {
  const session = await openSession({ projectDir, engine: 'embedded' }, () => undefined);
  try {
    await session.node?.workOnAll();
    const patterns = await Promise.all(texts.map((text) => recordOf(session, text)));
    let left = runs - patterns.length;
    const copySome = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const run = newRunId();
        const { id, body } = patterns[left % patterns.length] ?? { id: '', body: '' };
        const copy = signed(body.replace(/,"hash":"[0-9a-f]{64}"(?=,"id":)/, '').replaceAll(id, run)).body;
        await session.stream.journal.append({ run, id: `${run}/1`, body: copy, after: 0 });
      }
    };
    await Promise.all(Array.from({ length: inFlightMax }, copySome));
  } finally {
    await session.close();
  }
}

type Session = Awaited<ReturnType<typeof openSession>>;

/** A run that waits has one record: that it was started. */
async function recordOf({ workflows, stream }: Session, content: string) {
  const result = loadDefinition({ file: 'held.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const answer = await workflows.start({
    definition: result.loaded,
    file: 'held.yaml',
    input: {},
    actor: 'ana',
  });
  if (!answer.ok) throw new Error(answer.refusal.message);
  const last = await stream.journal.last(answer.run);
  expect(last).toMatchObject({ kind: 'record', record: { sequence: 1 } });

  return { id: answer.run, body: last?.body ?? '' };
}
