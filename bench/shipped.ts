// What users run, as it is shipped, beside what the same server stores in batches in the same round.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cpuMsOf } from './measure.ts';
import { rawBatchesPerSecond } from './raw-batches.ts';
import type { Servers } from './servers.ts';
import { definitionFor, openPlace, type Place, type PlaceName, placeNames } from './shipped-places.ts';
import { median } from './statistics.ts';

export type Shape = { readonly name: string; readonly tasks: number; readonly isFork: boolean };

export const shapes: readonly Shape[] = [
  { name: '5 in a row', tasks: 5, isFork: false },
  { name: '10 and a join', tasks: 10, isFork: true },
  { name: '1', tasks: 1, isFork: false },
  { name: '500 in a row', tasks: 500, isFork: false },
];
const inFlights = [1, 50, 400];
/** Many runs of 500 tasks would measure nothing else for minutes. */
export const longInFlightMax = 50;

type Row = { readonly place: PlaceName; readonly shape: Shape; readonly inFlight: number };

/** `ratio`: tasks a second to messages that the server stored in batches a second, in the same round. */
export type ShippedCost = {
  readonly name: string;
  readonly inFlight: number;
  readonly runsPerSecond: number;
  readonly p50Ms: number;
  /** Of the server, the engine and the workers, without whoever starts the runs. */
  readonly cpuMsPerTask: number;
  readonly ratio: number;
};

const rounds = 3;
const rawMs = 1_500;
const measureMs = 3_000;
const warmUpMs = 1_500;

/** Which rows are compared with what was committed, and how far one may fall below. */
const checkedFile = fileURLToPath(new URL('../../bench/shipped.json', import.meta.url));
const fallMax = 0.2;
/** What else the machine does is no fault of a row: one that has fallen is measured anew so often. */
const triesMax = 3;

export async function measureShipped(durable: Servers['durable']): Promise<readonly ShippedCost[]> {
  return measureRows(durable, rowsFor(placeNames));
}

function rowsFor(places: readonly PlaceName[]): readonly Row[] {
  return places.flatMap((place) =>
    shapes.flatMap((shape) =>
      inFlights
        .filter((inFlight) => shape.tasks < 500 || inFlight <= longInFlightMax)
        .map((inFlight) => ({ place, shape, inFlight })),
    ),
  );
}

async function measureRows(
  durable: Servers['durable'],
  rows: readonly Row[],
): Promise<readonly ShippedCost[]> {
  const costs: ShippedCost[] = [];
  for (const place of placeNames) {
    const own = rows.filter((row) => row.place === place);
    if (own.length === 0) continue;
    const opened = await openPlace(place, durable.url);
    try {
      for (const row of own) costs.push(await measureRow(durable, opened, row));
    } finally {
      await opened.close();
    }
  }

  return costs;
}

async function measureRow(durable: Servers['durable'], opened: Place, row: Row): Promise<ShippedCost> {
  const { place, shape, inFlight } = row;
  const definition = definitionFor(place, shape.tasks, shape.isFork);
  const load = (ms: number) => loadFor(() => opened.runOnce(definition), { inFlight, ms });
  await load(warmUpMs);
  const measured: { perSecond: number; ratio: number; p50Ms: number; cpuMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const raw = await rawBatchesPerSecond(durable.url, rawMs);
    const before = await cpuOf([durable.pid, ...opened.pids]);
    const { times, seconds } = await load(measureMs);
    const cpuMs = (await cpuOf([durable.pid, ...opened.pids])) - before;
    const tasks = times.length * shape.tasks;
    measured.push({
      perSecond: times.length / seconds,
      ratio: tasks / seconds / raw,
      p50Ms: median(times),
      cpuMs: cpuMs / tasks,
    });
  }
  const of = (pick: (each: (typeof measured)[number]) => number) => median(measured.map(pick));

  return {
    name: `${place}, ${shape.name}`,
    inFlight,
    runsPerSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    cpuMsPerTask: of(({ cpuMs }) => cpuMs),
    ratio: of(({ ratio }) => ratio),
  };
}

export async function loadFor(
  runOnce: () => Promise<number>,
  { inFlight, ms }: { readonly inFlight: number; readonly ms: number },
): Promise<{ readonly times: readonly number[]; readonly seconds: number }> {
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - began < ms) times.push(await runOnce());
    }),
  );

  return { times, seconds: (performance.now() - began) / 1000 };
}

async function cpuOf(pids: readonly number[]): Promise<number> {
  return (await Promise.all(pids.map(cpuMsOf))).reduce((sum, each) => sum + each, 0);
}

export function shippedLines(costs: readonly ShippedCost[]): string {
  const head = 'what users run                  conc    runs/s    p50 ms  CPU ms/task  tasks to raw batches';
  const lines = costs.map(({ name, inFlight, runsPerSecond, p50Ms, cpuMsPerTask, ratio }) =>
    [
      name.padEnd(30),
      String(inFlight).padStart(5),
      runsPerSecond.toFixed(1).padStart(9),
      p50Ms.toFixed(2).padStart(9),
      cpuMsPerTask.toFixed(3).padStart(12),
      ratio.toFixed(4).padStart(21),
    ].join(' '),
  );

  return [head, ...lines].join('\n');
}

type Committed = Readonly<Record<string, number>>;

/** Compares with what was committed. Resolves with a line for each row, and whether one has fallen too far. */
export async function checkShipped(
  durable: Servers['durable'],
): Promise<{ readonly text: string; readonly hasFallen: boolean }> {
  const committed = JSON.parse(readFileSync(checkedFile, 'utf8')) as Committed;
  const best = new Map<string, number>();
  const isFallen = (key: string) => (best.get(key) ?? 0) < (committed[key] ?? 0) * (1 - fallMax);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const wanted = rowsFor(placeNames).filter((row) => keyOf(row) in committed && isFallen(keyOf(row)));
    if (wanted.length === 0) break;
    for (const cost of await measureRows(durable, wanted))
      best.set(keyOfCost(cost), Math.max(cost.ratio, best.get(keyOfCost(cost)) ?? 0));
  }
  const lines = Object.entries(committed).map(([key, ratio]) => {
    const change = (((best.get(key) ?? 0) / ratio - 1) * 100).toFixed(0);
    return `${isFallen(key) ? 'FALLEN' : 'ok'.padEnd(6)} ${key.padEnd(34)} ${(best.get(key) ?? 0).toFixed(4)} of ${ratio.toFixed(4)} (${change} %)`;
  });

  return { text: lines.join('\n'), hasFallen: Object.keys(committed).some(isFallen) };
}

/** Writes what is measured now in the place of what was committed, for the rows that are compared. */
export async function commitShipped(durable: Servers['durable']): Promise<string> {
  const committed = JSON.parse(readFileSync(checkedFile, 'utf8')) as Committed;
  const costs = await measureRows(
    durable,
    rowsFor(placeNames).filter((row) => keyOf(row) in committed),
  );
  const ratios = costs.map((cost) => [keyOfCost(cost), Number(cost.ratio.toFixed(4))] as const);
  writeFileSync(checkedFile, `${JSON.stringify(Object.fromEntries(ratios), null, 2)}\n`);

  return shippedLines(costs);
}

function keyOf({ place, shape, inFlight }: Row): string {
  return `${place}, ${shape.name}, ${inFlight} in flight`;
}

function keyOfCost({ name, inFlight }: ShippedCost): string {
  return `${name}, ${inFlight} in flight`;
}
