// The timers of a thousand runs that are due together: all fire, and others get their turn meanwhile. Method: an engine
// over the journal in memory, which stores what has come in order, so many at a time, and says who was how far back.
import { expect, test } from 'vitest';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage } from '../../support/engine-bench.ts';

const runs = 1_000;
/** As many as are woken together. */
const waveMax = 64;
const waiting = chartOfText(`workflow:
  id: waiting
  version: 1
  tasks: [{ id: hold, type: WAIT, duration: 1m }]
`);
const other = chartOfText('workflow:\n  id: other\n  version: 1\n  tasks: [{ id: ask, type: HUMAN }]\n');

test('a thousand timers that are due together all fire, and a start meanwhile waits for one wave of them at most', async () => {
  const line = createLine();
  const stage = createStage({ wrap: (journal) => ({ ...journal, append: line.behind(journal.append) }) });
  const ids = Array.from({ length: runs }, (_, index) => `run-${index}`);
  const start = { input: {}, actor: 'test' };
  await Promise.all(ids.map((run) => stage.engine.startRun({ run, chart: waiting, ...start })));
  line.most = 0;
  stage.clock.advance(60_000);
  const ahead: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    ahead.push(line.length());
    expect(await stage.engine.startRun({ run: `other-${count}`, chart: other, ...start })).toMatchObject({
      ok: true,
    });
    expect([...stage.runs.values()].some(({ state }) => state.status === 'RUNNING')).toBe(true);
  }
  const isOver = (id: string) => stage.runs.get(id)?.state.status === 'COMPLETED';
  // Between two waves the engine rests for a moment.
  while (!ids.every(isOver)) {
    stage.clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(Math.max(...ahead)).toBeGreaterThan(0);
  expect(line.most).toBeLessThanOrEqual(waveMax + 1);
  expect(stage.troubles).toEqual([]);
});

type Act<In, Out> = (given: In) => Promise<Out>;

/** Lets those in that wait, in order, some with each turn of the event loop. */
function createLine() {
  const waiting: (() => void)[] = [];
  const eachTurn = 20;
  const line = {
    most: 0,
    length: () => waiting.length,
    behind:
      <In, Out>(act: Act<In, Out>): Act<In, Out> =>
      async (given) => {
        await new Promise<void>((resolve) => {
          if (waiting.length === 0) setImmediate(letIn);
          waiting.push(resolve);
          line.most = Math.max(line.most, waiting.length);
        });

        return act(given);
      },
  };
  function letIn(): void {
    for (const go of waiting.splice(0, eachTurn)) go();
    if (waiting.length > 0) setImmediate(letIn);
  }

  return line;
}
