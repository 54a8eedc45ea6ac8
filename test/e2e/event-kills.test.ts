// Ten thousand events while the engine is killed every few seconds: at least once in, exactly one run for each key out.
// Method: a real server, `workflow serve` under SIGKILL, a plain client that publishes 2,000 keys four or five times
// each, shuffled, with garbage among them; then every run and every outcome is looked at.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventOutcome } from '../../events/event-outcome.ts';
import { triggeredRun } from '../../machines/triggers/triggered-run.ts';
import { type EventStation, openEventStation } from './event-station.ts';

const intake = `workflow:
  id: intake
  version: 1
  input: {required: [order]}
  triggers: [{on: order.placed, dedupe_key: "\${event.data.order}"}]
  tasks: [{id: note, type: SET_VARIABLE, variables: {noted: true}}]
`;
const keys = 2_000;
const garbage = 500;
const events = 10_000;
const killsMin = 6;
/** So long an engine lives from when it says that it is ready. */
const lifeMs = 2_500;
const publishers = 20;

let station: EventStation;
beforeAll(async () => {
  station = await openEventStation({ intake });
});
afterAll(() => station.close());

test('one run for each key, none missing, none twice, and an outcome for every event', async () => {
  const beganAt = performance.now();
  const left = shuffled(planned());
  expect(left).toHaveLength(events);
  let published = 0;
  const publishing = Promise.all(Array.from({ length: publishers }, publishOneByOne));

  async function publishOneByOne(): Promise<void> {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      published += 1;
      const order = next < 0 ? undefined : `order-${next}`;
      const event = order === undefined ? { body: `garbage ${next}` } : { data: { order } };
      await station.publish('order.placed', { id: `event-${published}`, ...event });
    }
  }

  for (let kill = 0; kill < killsMin || left.length > 0; kill += 1) {
    await delay(lifeMs);
    await station.engine.kill9();
    await station.engine.start();
  }
  await publishing;
  const publishedAt = performance.now();
  await expect
    .poll(async () => (await outcomes()).length, { timeout: 120_000, interval: 3_000 })
    .toBe(events);
  const doneAt = performance.now();

  const all = await outcomes();
  expect(new Set(all.map(({ position }) => position)).size).toBe(events);
  expect(countBy(all.map(({ status }) => status))).toEqual({ dead: garbage, taken: events - garbage });
  const wanted = Array.from({ length: keys }, (_, key) => `order-${key}`);
  const runs = (await station.workflows.list()).map(({ run }) => run);
  expect([...runs].sort()).toEqual(
    wanted.map((order) => triggeredRun('intake', 'order.placed', order)).sort(),
  );
  for (const { event, effects } of all) {
    if (event === undefined) continue;
    expect(effects).toMatchObject([{ run: triggeredRun('intake', 'order.placed', orderIn(event.data)) }]);
  }
  const statuses = async () => countBy((await station.workflows.list()).map(({ head }) => head.status));
  await expect.poll(statuses, { timeout: 60_000, interval: 1_000 }).toEqual({ COMPLETED: keys });
  const seconds = (ms: number) => `${Math.round((ms - beganAt) / 100) / 10} s`;
  const kinds = countBy(all.flatMap(({ effects }) => effects.map(({ kind }) => kind)));
  process.stdout.write(
    `${events} events, ${station.engine.killed.size} kills: published and killed until ${seconds(publishedAt)}, ` +
      `all dealt with after ${seconds(doneAt)}; ${JSON.stringify(kinds)}\n`,
  );
}, 300_000);

const outcomes = async (): Promise<readonly EventOutcome[]> =>
  (await station.stream.outcomes.list({ limit: events * 2 })).map(({ outcome }) => outcome);

/** The number of a key for each event, and a negative number for garbage. */
function planned(): number[] {
  const copies = (key: number) => (key % 4 === 0 ? 4 : 5);
  const wanted = Array.from({ length: keys }, (_, key) =>
    Array.from({ length: copies(key) }, () => key),
  ).flat();

  return [...wanted, ...Array.from({ length: garbage }, (_, index) => -1 - index)];
}

/** The same every time. */
function shuffled(numbers: number[]): number[] {
  let seed = 6;
  for (let last = numbers.length - 1; last > 0; last -= 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = seed % (last + 1);
    [numbers[last], numbers[other]] = [numbers[other] ?? 0, numbers[last] ?? 0];
  }

  return numbers;
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;

  return counts;
}

function orderIn(data: unknown): string {
  return typeof data === 'object' && data !== null && 'order' in data ? String(data.order) : '';
}
