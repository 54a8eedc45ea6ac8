// Nothing is lost and nothing done twice by two stations whose link is cut at random, while engines and servers of both
// sides are killed. Method: runs are started on both sides, each for the other one; `STATIONS_RUNS` and
// `STATIONS_CUT_S` make it as long as is wanted. It prints what it has measured.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../simulation/kernel/random.ts';
import { openTwoStations, type Side, type TwoStations } from './two-stations.ts';

const runsWanted = Number(process.env['STATIONS_RUNS'] ?? 60);
const cutWantedMs = Number(process.env['STATIONS_CUT_S'] ?? 15) * 1_000;
const random = createRandom(Number(process.env['STATIONS_SEED'] ?? 7));

const inspect = `workflow:
  id: inspect
  version: 1
  input: {required: [deck], properties: {deck: {type: string}}}
  tasks:
    - {id: rest, type: WAIT, duration: 200ms}
    - {id: look, type: TRANSFORM, depends_on: rest, output: {found: "deck \${workflow.input.deck} is dry"}}
  output: {found: "\${look.output.found}"}
`;
const rounds = (station: string) => `workflow:
  id: rounds
  version: 1
  input: {required: [deck], properties: {deck: {type: string}}}
  tasks:
    - {id: there, type: SUB_WORKFLOW, workflow: inspect, station: ${station}, input: {deck: "\${workflow.input.deck}"}}
  output: {said: "\${there.output.found}"}
`;
const filesFor = (station: string) => ({
  'definitions/inspect.yaml': inspect,
  'definitions/rounds.yaml': rounds(station),
});

type Started = { readonly side: Side; readonly run: string; readonly deck: string; isOver: boolean };

/** Starts a run, once, however often the engine that takes it dies. */
async function begin(side: Side, deck: string): Promise<Started> {
  for (;;) {
    const asked = { definition: 'rounds', input: { deck }, idempotencyKey: deck };
    // It may die in the middle of its answer.
    const answer = await side
      .post('/api/v1/runs', asked)
      .then((response) => (response.ok ? (response.json() as Promise<{ run: string }>) : undefined))
      .catch(() => undefined);
    if (answer !== undefined) return { side, run: answer.run, deck, isOver: false };
    await delay(200);
  }
}

/** Resolves with how long it took until all these runs were over. */
async function untilOver(started: readonly Started[]): Promise<number> {
  const sinceMs = performance.now();
  for (const each of started) {
    while (!each.isOver) {
      const page = await each.side.page(each.run).catch(() => undefined);
      each.isOver = page?.shown === 'COMPLETED';
      if (!each.isOver) await delay(20);
    }
  }

  return performance.now() - sinceMs;
}

async function killServer({ cwd }: Side): Promise<void> {
  const record = JSON.parse(await readFile(join(cwd, '.3ox', 'nats', 'server.json'), 'utf8')) as {
    pid: number;
  };
  try {
    process.kill(record.pid, 'SIGKILL');
  } catch {
    // It is on its way up already.
  }
}

async function killSomething({ bridge, hull }: TwoStations, killed: string[]): Promise<void> {
  const side = random.chance(0.5) ? bridge : hull;
  const name = side === bridge ? 'bridge' : 'hull';
  if (random.chance(0.5)) {
    killed.push(`server of ${name}`);
    await killServer(side);
  } else {
    killed.push(`engine of ${name}`);
    await side.kill9();
    await side.start();
  }
}

test('runs of two stations survive cuts of the link and the death of engines and servers', async () => {
  const files = { bridge: filesFor('hull'), hull: filesFor('bridge') };
  const may = '{start: [inspect]}';
  const stations = await openTwoStations({ ...files, may, back: may });
  const { bridge, hull, link } = stations;
  const started: Started[] = [];
  const killed: string[] = [];
  const converged: number[] = [];
  let cutMs = 0;
  let isEnough = false;
  const starting = (async () => {
    for (let index = 0; index < runsWanted; index += 1) {
      started.push(await begin(index % 2 === 0 ? bridge : hull, `deck-${index}`));
      // As many before the last cut as are wanted, spread over all of them.
      while (!isEnough && started.length / runsWanted > (cutMs + 2_000) / cutWantedMs) await delay(50);
    }
  })();

  while (cutMs < cutWantedMs) {
    const lasts = Math.min(cutWantedMs - cutMs + 1, 2_000 + random.between(0, 28_000));
    const up = await link.down();
    const isDeadly = random.chance(1 / 3);
    const sinceMs = performance.now();
    await delay(lasts / 2);
    if (isDeadly) await killSomething(stations, killed);
    await delay(Math.max(0, lasts - (performance.now() - sinceMs)));
    const waiting = started.filter(({ isOver }) => !isOver);
    await up();
    cutMs += performance.now() - sinceMs;
    const tookMs = await untilOver(waiting);
    // A server that was killed a moment ago comes back in its own time.
    if (!isDeadly) converged.push(tookMs);
    if (random.chance(0.5)) await killSomething(stations, killed);
    await delay(500 + random.between(0, 2_000));
  }
  isEnough = true;
  await starting;
  await untilOver(started);

  const said = await Promise.all(started.map(async ({ side, run }) => (await side.page(run)).output));
  expect(said).toEqual(started.map(({ deck }) => ({ said: `deck ${deck} is dry` })));
  const children = (await Promise.all([bridge, hull].map((side) => side.runs()))).flat();
  const inspected = children.filter(({ definition }) => definition.id === 'inspect');
  expect(inspected.every(({ status }) => status === 'COMPLETED')).toBe(true);
  expect(new Set(inspected.map(({ run }) => run)).size).toBe(runsWanted);
  expect(inspected).toHaveLength(runsWanted);
  expect(children).toHaveLength(2 * runsWanted);
  const sorted = converged.map(Math.round).toSorted((one, other) => one - other);
  process.stderr.write(
    `${runsWanted} runs, link down for ${Math.round(cutMs / 1_000)} s, ${killed.length} deaths (${killed.join(', ')})\n` +
      `all over so many ms after the link was back, where nothing had died: ${sorted.join(' ')}\n`,
  );
}, 3_000_000);
