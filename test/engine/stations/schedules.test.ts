// Whatever the link and the engines go through, every run ends, and what it asked for was done once. Method: schedules
// from seeds, on a virtual clock; the wire loses, doubles and delays messages and is cut, engines crash on both sides.
import { expect, test } from 'vitest';
import { childRun } from '../../../machines/run/run.ts';
import { createRandom, type Random } from '../../simulation/kernel/random.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { openTwoStages, type Station } from './two-stages.ts';

const seeds = Number(process.env['STATION_SEEDS'] ?? 200);
const turnMs = 100;
const turnsMax = 4_000;
/** After that nothing goes wrong any more. */
const troubleTurns = 300;

const inspect = `workflow:
  id: inspect
  version: 1
  input: {required: [n]}
  output: {n: "\${look.output.n}"}
  tasks:
    - {id: rest, type: WAIT, duration: 2s}
    - {id: look, type: TRANSFORM, depends_on: rest, output: {n: "\${workflow.input.n}"}}
`;
const calling = `workflow:
  id: calling
  version: 1
  input: {required: [n]}
  output: {n: "\${call.output.n}"}
  tasks:
    - {id: call, type: SUB_WORKFLOW, workflow: inspect, station: hull, input: {n: "\${workflow.input.n}"}}
`;
const may = { start: ['inspect'], agents: [], skills: [], approvals: [] };
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

type World = Awaited<ReturnType<typeof openTwoStages>>;

function harm({ wires }: World, random: Random): void {
  wires.fate = () => ({
    isLost: random.chance(0.1),
    isDoubled: random.chance(0.1),
    lateMs: random.chance(0.1) ? random.between(0, 20_000) : random.between(0, 50),
  });
}

async function disturb(world: World, random: Random, runs: readonly string[]): Promise<void> {
  if (random.chance(0.03)) world.wires.isCut = !world.wires.isCut;
  if (!random.chance(0.01)) return;
  const side = random.pick([world.bridge, world.hull]);
  const known = await idsOf(side);
  await side.crash(side === world.bridge ? runs.filter((run) => known.has(run)) : [...known]);
}

async function idsOf({ stage }: Station): Promise<ReadonlySet<string>> {
  return new Set(
    (await stage().engine.reader.runs.page({ order: 'changed', limit: 1_000 })).map(({ run }) => run),
  );
}

async function play(seed: number): Promise<void> {
  const random = createRandom(seed);
  const world = await openTwoStages({ may, definitions: { bridge: [calling], hull: [inspect] } });
  const { bridge, clock, wires } = world;
  const runs = Array.from({ length: random.between(1, 4) }, (_, index) => `run-${seed}-${index}`);
  const given = new Set<string>();
  harm(world, random);
  const chart = chartOfText(calling);
  for (const [index, run] of runs.entries())
    await bridge.stage().engine.startRun({ run, chart, input: { n: index }, actor: 'ana' });

  let turns = 0;
  for (; turns < turnsMax; turns += 1) {
    if (turns < troubleTurns) await disturb(world, random, runs);
    if (turns < troubleTurns && random.chance(0.002)) await cancelOne(bridge, random.pick(runs), given);
    if (turns === troubleTurns)
      Object.assign(wires, { isCut: false, fate: () => ({ isLost: false, isDoubled: false, lateMs: 0 }) });
    clock.advance(turnMs);
    await settled();
    if (turns > troubleTurns && turns % 10 === 0 && (await areOver(bridge, runs))) break;
  }
  expect(turns, 'it does not end').toBeLessThan(turnsMax);
  await check(world, { runs, given });
}

async function cancelOne({ stage }: Station, run: string, given: Set<string>): Promise<void> {
  const outcome = await stage()
    .engine.submit(run, { kind: 'cancelRun' }, { actor: 'ana' })
    .catch(() => undefined);
  if (outcome?.ok === true) given.add(run);
}

async function areOver({ stage }: Station, runs: readonly string[]): Promise<boolean> {
  const states = await Promise.all(
    runs.map(async (run) => (await stage().engine.reader.fold(run)).run.state),
  );

  return states.every(({ endedAt }) => endedAt !== undefined);
}

async function check(
  { bridge, hull, clock }: World,
  { runs, given }: { readonly runs: readonly string[]; readonly given: ReadonlySet<string> },
): Promise<void> {
  for (const [index, run] of runs.entries()) {
    const { state } = (await bridge.stage().engine.reader.fold(run)).run;
    if (given.has(run)) expect(['TERMINATED', 'COMPLETED']).toContain(state.status);
    else expect(state).toMatchObject({ status: 'COMPLETED', output: { n: index } });
  }
  // What comes late comes now.
  clock.advance(60_000);
  for (let turns = 0; turns < 20; turns += 1) await settled();
  const there = await idsOf(hull);
  expect([...there].every((id) => runs.some((run) => childRun(run, 'call', 1, 'bridge') === id))).toBe(true);
  for (const run of runs) {
    const child = childRun(run, 'call', 1, 'bridge');
    if (!given.has(run)) expect(there).toContain(child);
    if (!there.has(child)) continue;
    const { state } = (await hull.stage().engine.reader.fold(child, { verified: true })).run;
    expect(state.endedAt, 'nobody ends it').toBeDefined();
  }
}

test(`${seeds} schedules of two stations lose nothing and do nothing twice`, async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    await play(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
  }
}, 1_200_000);
