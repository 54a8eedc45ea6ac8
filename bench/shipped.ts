// What users run, as it is shipped, beside what the same server stores in batches in the same round.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from './load.ts';
import { cpuMsOf } from './measure.ts';
import { rawBatchesPerSecond } from './raw-batches.ts';
import type { Servers } from './servers.ts';
import { definitionFor, openPlace, type Place, type PlaceName, placeNames } from './shipped-places.ts';
import { median } from './statistics.ts';

export type Shape = { readonly name: string; readonly tasks: number; readonly isFork: boolean };

const shapes: readonly Shape[] = [
  { name: '5 in a row', tasks: 5, isFork: false },
  { name: '10 and a join', tasks: 10, isFork: true },
  { name: '1', tasks: 1, isFork: false },
  { name: '500 in a row', tasks: 500, isFork: false },
];
const inFlights = [1, 50, 400];
/** Many runs of 500 tasks would measure nothing else for minutes. */
const longInFlightMax = 50;

/** What is measured in each place. */
export const shapedLoads = shapes.flatMap((shape) =>
  inFlights
    .filter((inFlight) => shape.tasks < 500 || inFlight <= longInFlightMax)
    .map((inFlight) => ({ shape, inFlight })),
);

type Row = { readonly place: PlaceName; readonly shape: Shape; readonly inFlight: number };

const allRows: readonly Row[] = placeNames.flatMap((place) =>
  shapedLoads.map((each) => ({ place, ...each })),
);

/** `ratio`: tasks a second to messages that the server stored in batches a second, in the same round. */
export type ShippedCost = {
  readonly row: Row;
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
  return measureRows(durable, allRows);
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
  const loadFor = (ms: number) => load(() => opened.runOnce(definition), { inFlight, ms });
  await loadFor(warmUpMs);
  const measured: { perSecond: number; ratio: number; p50Ms: number; cpuMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const raw = await rawBatchesPerSecond(durable.url, rawMs);
    const before = await cpuOf([durable.pid, ...opened.pids]);
    const { times, seconds } = await loadFor(measureMs);
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
    row,
    runsPerSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    cpuMsPerTask: of(({ cpuMs }) => cpuMs),
    ratio: of(({ ratio }) => ratio),
  };
}

async function cpuOf(pids: readonly number[]): Promise<number> {
  return (await Promise.all(pids.map(cpuMsOf))).reduce((sum, each) => sum + each, 0);
}

export function shippedLines(costs: readonly ShippedCost[]): string {
  const head = 'what users run                  conc    runs/s    p50 ms  CPU ms/task  tasks to raw batches';
  const lines = costs.map(({ row, runsPerSecond, p50Ms, cpuMsPerTask, ratio }) =>
    [
      `${row.place}, ${row.shape.name}`.padEnd(30),
      String(row.inFlight).padStart(5),
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
    const wanted = allRows.filter((row) => keyOf(row) in committed && isFallen(keyOf(row)));
    if (wanted.length === 0) break;
    for (const { row, ratio } of await measureRows(durable, wanted))
      best.set(keyOf(row), Math.max(ratio, best.get(keyOf(row)) ?? 0));
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
    allRows.filter((row) => keyOf(row) in committed),
  );
  const ratios = costs.map(({ row, ratio }) => [keyOf(row), Number(ratio.toFixed(4))] as const);
  writeFileSync(checkedFile, `${JSON.stringify(Object.fromEntries(ratios), null, 2)}\n`);

  return shippedLines(costs);
}

function keyOf({ place, shape, inFlight }: Row): string {
  return `${place}, ${shape.name}, ${inFlight} in flight`;
}
