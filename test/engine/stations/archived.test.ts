// A run that was asked for by another station left the journal before that heard how it ended.
import { expect, test } from 'vitest';
import { childRun } from '../../../machines/run/run.ts';
import type { RunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { givenRun } from '../../support/archived-runs.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { openTwoStages } from './two-stages.ts';

const inspect = `workflow:
  id: inspect
  version: 1
  tasks:
    - {id: work, uses: noop}
`;
const calling = `workflow:
  id: calling
  version: 1
  tasks:
    - {id: call, type: SUB_WORKFLOW, workflow: inspect, station: hull}
`;
const child = childRun('run-1', 'call', 1, 'bridge');
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('whoever waits for it is told that nobody can tell its output any more, and waits no longer', async () => {
  const may = { start: ['inspect'], agents: [], skills: [], approvals: [] };
  const world = await openTwoStages({ may, definitions: { bridge: [calling], hull: [inspect] } });
  const { bridge, hull, wires, clock } = world;
  const chart = chartOfText(calling);
  await bridge.stage().engine.startRun({ run: 'run-1', chart, input: {}, actor: 'ana' });
  const { complete } = await hull.stage().attempt('work#1');
  wires.isCut = true;
  complete({});
  await hull.stage().untilRun(child, ({ state }) => state.endedAt !== undefined);
  const archived = givenRun(child, { kept: 'nothing', first: 1 });
  const without: Partial<RunReader> = { last: async () => undefined, archived: async () => archived };
  Object.assign(hull.stage().engine.reader, without);
  wires.isCut = false;

  let state = bridge.stage().runs.get('run-1')?.state;
  for (let turns = 0; turns < 2_000 && state?.endedAt === undefined; turns += 1) {
    await settled();
    clock.advance(100);
    state = bridge.stage().runs.get('run-1')?.state;
  }
  expect(state).toMatchObject({ status: 'FAILED', error: { code: 'run.archived' } });
});
