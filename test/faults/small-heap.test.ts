// An engine with a heap of 128 MB, and very many runs that wait for people and for times. Method: the runs are begun by
// an engine in this process, which is faster, and then served by the built program with the same server.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { openSession } from '../../src/compose/session/open-session.ts';
import { openFaultStation, recovers } from './fault-station.ts';

const runs = Number(process.env['HEAP_RUNS'] ?? 20_000);
const inFlightMax = 200;
const testMsMax = 15 * 60_000;

const texts = [
  '{ id: sign, type: HUMAN, wait_for_approval: true }',
  '{ id: hold, type: WAIT, duration: 20h }',
].map((task, index) => `workflow:\n  id: held-${index}\n  version: 1\n  tasks: [${task}]\n`);

test(
  'a heap of 128 MB is enough to start, list and serve 20,000 waiting runs',
  async () => {
    const station = await openFaultStation();
    await beginRuns(station.folder);
    const engine = await station.serve([], { NODE_OPTIONS: '--max-old-space-size=128' });
    await recovers(engine);

    const started = await engine.start();
    expect(started).toMatch(/^[0-9a-z]{26}$/);
    for (const path of ['runs?limit=50', 'approvals?limit=50', 'runs?status=WAITING&limit=50', 'agents'])
      expect(await engine.ask('GET', `/api/v1/${path}`), path).toMatchObject({ status: 200 });
    expect(await engine.ask('GET', '/api/v1/runs?limit=1')).toMatchObject({ body: { total: runs + 1 } });
    expect(await engine.start()).not.toBe(started);
    expect(await engine.readiness()).toMatchObject({ status: 200 });
  },
  testMsMax,
);

async function beginRuns(projectDir: string): Promise<void> {
  const definitions = texts.map((content) => {
    const result = loadDefinition({ file: 'held.yaml', content });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.loaded;
  });
  const session = await openSession(
    { projectDir, engine: 'embedded' },
    () => undefined,
    ({ work: _work, ...deps }) => ({ ...deps, onChange: () => undefined }),
  );
  try {
    await session.node?.workOnAll();
    let left = runs;
    const beginSome = async (): Promise<void> => {
      while (left > 0) {
        const definition = definitions[left % definitions.length];
        left -= 1;
        if (definition === undefined) return;
        const answer = await session.workflows.start({
          definition,
          file: 'held.yaml',
          input: {},
          actor: 'ana',
        });
        if (!answer.ok) throw new Error(answer.refusal.message);
      }
    };
    await Promise.all(Array.from({ length: inFlightMax }, beginSome));
  } finally {
    await session.close();
  }
}
