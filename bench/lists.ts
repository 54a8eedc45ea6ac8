// What lists and crowds cost: 20,000 runs that wait for an approval, and 20,000 timers that are due together. The
// engine, its board and the routes of the API are in this process, so that its event loop can be watched.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OpenAPIHono } from '@hono/zod-openapi';
import { isFinal } from '../machines/chart/task-status.ts';
import type { LoadedDefinition } from '../machines/language/load-definition.ts';
import { thisHolder } from '../src/compose/holder.ts';
import { newRunId } from '../src/compose/session/open-session.ts';
import { systemClock as clock } from '../src/compose/system-clock.ts';
import { createBoard } from '../src/engine/board/board.ts';
import { createNode } from '../src/engine/cluster/node.ts';
import { createCharts } from '../src/engine/run-reader/charts.ts';
import { createRunReader } from '../src/engine/run-reader/run-reader.ts';
import { createWorkflows } from '../src/engine/workflows.ts';
import type { ApiEnv } from '../src/http/api.ts';
import { addOperationRoutes } from '../src/http/operation-routes.ts';
import { loadAllOperations } from '../src/operations/load-operations.ts';
import type { OperationPorts } from '../src/operations/use-case.ts';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { asking, sequential, waiting } from './definitions.ts';
import { engineParts } from './drive-engine.ts';
import { indexedHere } from './indexed-here.ts';
import { median } from './statistics.ts';

/** Times in ms; ratios to the same alone. */
export type ListsCost = {
  readonly runs: number;
  readonly firstPageMs: number;
  readonly nextPageMs: number;
  readonly mineMs: number;
  readonly boardMs: number;
  readonly firstPageAfterStartMs: number;
  /** By the first page; `rssGrowthMb`: by it, fifty pages more and as many starts, before anything is collected. */
  readonly firstPageRssMb: number;
  readonly rssGrowthMb: number;
  /** What of it is left once garbage was collected. */
  readonly keptMb: number;
  readonly startRatio: number;
  readonly blockedMsMax: number;
  readonly firedMs: number;
  readonly startRatioFiring: number;
  readonly blockedFiringMsMax: number;
};

const path = '/api/v1/approvals';
const inFlightMax = 200;
const pages = 50;

export async function measureLists(url: string): Promise<ListsCost> {
  const runs = Number(process.env['LISTS_RUNS'] ?? 20_000);
  const namespace = `bench-lists-${process.pid}`;
  let served = await serveHere(url, namespace);
  // A server that is asked has loaded what answers.
  await list(served);
  const aloneMs = await startMs(served);
  const begunMs = performance.now();
  await startMany(served, runs, { definition: asking() });
  const leadMs = 5_000 + 2 * (performance.now() - begunMs);
  // What the starts left is collected before or after, as chance will have it: it is no cost of the list.
  collect();
  const before = process.memoryUsage();
  const listed = await whileListed(served);
  collect();
  const keptMb = (process.memoryUsage().heapUsed - before.heapUsed) / 2 ** 20;
  await served.close();

  served = await serveHere(url, namespace);
  const { boardMs, firstPageMs: firstPageAfterStartMs } = await firstOf(served);
  const rssGrowthMb = (listed.rss - before.rss) / 2 ** 20;
  const firstPageRssMb = (listed.firstPageRss - before.rss) / 2 ** 20;
  await served.close();

  const fired = await whileFiring(url, `${namespace}-timers`, { runs, leadMs });

  return {
    runs,
    ...listed.cost,
    boardMs,
    firstPageAfterStartMs,
    firstPageRssMb,
    rssGrowthMb,
    keptMb,
    startRatio: listed.startMs / aloneMs,
    ...fired,
  };
}

const collect = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

type Served = Awaited<ReturnType<typeof serveHere>>;

export async function serveHere(url: string, namespace: string) {
  const stream = await connectJetStream({ url, namespace });
  const ended = new Map<string, () => void>();
  const parts = engineParts(stream, ({ state }) => {
    if (isFinal(state.status)) ended.get(state.run)?.();
  });
  const beganMs = performance.now();
  const board = createBoard({ ...indexedHere(stream), clock, onTrouble: () => {} });
  const charts = createCharts(stream.definitions);
  const reader = createRunReader({ ...parts, charts });
  const { leases, commands } = stream;
  const deps = { ...parts, charts, reader, leases, commands, holder: thisHolder(), isDead: () => false };
  const node = await createNode(deps);
  const adopted = node.workOnAll();
  const workflows = createWorkflows({ ...deps, newRunId, node, answerTimeoutMs: 60_000 });
  const api = new OpenAPIHono<ApiEnv>();
  api.use(async (c, next) => {
    c.set('caller', { actor: 'bench' });
    await next();
  });
  addOperationRoutes(
    api,
    { portsOf: () => ({ workflows, board, clock }) as Partial<OperationPorts> as OperationPorts },
    await loadAllOperations(),
  );

  return {
    workflows,
    stream,
    beganMs,
    board,
    api,
    ended,
    start: (definition: LoadedDefinition, input = {}) =>
      workflows.start({ definition, file: 'bench', input, actor: 'bench' }),
    close: async () => {
      await adopted;
      await node.stop();
      await board.close();
      await stream.close();
    },
  };
}

/** From the request to the acknowledged first event, one after another. */
async function startMs({ start }: Served, count = 50): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    const answer = await start(sequential(1));
    if (!answer.ok) throw new Error(answer.refusal.message);
    times.push(performance.now() - began);
  }

  return median(times);
}

type Many = { readonly definition: LoadedDefinition; readonly input?: Readonly<Record<string, string>> };

export async function startMany(
  { start }: Served,
  runs: number,
  { definition, input }: Many,
): Promise<readonly string[]> {
  const begun: string[] = [];
  let left = runs;
  const starter = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await start(definition, input);
      if (!answer.ok) throw new Error(answer.refusal.message);
      begun.push(answer.run);
    }
  };
  await Promise.all(Array.from({ length: inFlightMax }, starter));

  return begun;
}

type List = { readonly items: readonly unknown[]; readonly total: number; readonly next?: string };

async function list({ api }: Served, query = ''): Promise<{ readonly ms: number; readonly list: List }> {
  const began = performance.now();
  const response = await api.request(`${path}${query}`);
  const answer = (await response.json()) as List;
  if (response.status !== 200) throw new Error(`${path} was answered with ${response.status}`);

  return { ms: performance.now() - began, list: answer };
}

/** Pages and starts at the same time, over an event loop that is watched. */
async function whileListed(served: Served) {
  await caughtUp(served);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const first = await list(served);
  const firstPageRss = process.memoryUsage().rss;
  const times: number[] = [];
  const paging = (async () => {
    let after = first.list.next;
    for (let page = 0; page < pages && after !== undefined; page += 1) {
      const { ms, list: read } = await list(served, `?after=${after}`);
      times.push(ms);
      after = read.next;
    }
  })();
  const startMsMeanwhile = await startMs(served);
  await paging;
  const { ms: mineMs } = await list(served, '?mine=true');
  loop.disable();

  return {
    cost: { firstPageMs: first.ms, nextPageMs: median(times), mineMs, blockedMsMax: loop.max / 1e6 },
    startMs: startMsMeanwhile,
    firstPageRss,
    rss: process.memoryUsage().rss,
  };
}

async function caughtUp({ board }: Served): Promise<void> {
  await board.ready;
  while (board.position() < (await board.end())) await new Promise((resolve) => void setTimeout(resolve, 20));
}

/** The first page after a start, while the engine takes its runs up. */
async function firstOf(served: Served) {
  await served.board.ready;
  const boardMs = performance.now() - served.beganMs;
  const { ms: firstPageMs } = await list(served);

  return { boardMs, firstPageMs };
}

type Crowd = { readonly runs: number; readonly leadMs: number };

async function whileFiring(url: string, namespace: string, { runs, leadMs }: Crowd) {
  const served = await serveHere(url, namespace);
  try {
    const aloneMs = await startMs(served);
    const dueMs = Date.now() + leadMs;
    const input = { at: new Date(dueMs).toISOString() };
    const begun = await startMany(served, runs, { definition: waiting(), input });
    const all = Promise.all(
      begun.map((run) => new Promise<void>((resolve) => served.ended.set(run, resolve))),
    );
    if (Date.now() > dueMs) throw new Error('the timers were due before all runs were started');
    await new Promise((resolve) => void setTimeout(resolve, dueMs - Date.now() - 10));
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const meanwhile = startMs(served);
    await all;
    const firedMs = Date.now() - dueMs;
    loop.disable();

    return { firedMs, startRatioFiring: (await meanwhile) / aloneMs, blockedFiringMsMax: loop.max / 1e6 };
  } finally {
    await served.close();
  }
}

/** The lines of what lists and crowds cost. */
export function listsLines(cost: ListsCost): string {
  const ms = (value: number): string => `${value.toFixed(0)} ms`;

  return [
    `${cost.runs} waiting approvals: first page ${ms(cost.firstPageMs)} (aim 300), next ${ms(cost.nextPageMs)}, ` +
      `mine ${ms(cost.mineMs)}; memory ${cost.firstPageRssMb.toFixed(0)} MB more (aim 60), ${cost.rssGrowthMb.toFixed(0)} MB after ${pages} more pages, ${cost.keptMb.toFixed(0)} MB of it kept`,
    `  a start meanwhile ${cost.startRatio.toFixed(1)} times alone (aim 3), event loop blocked at most ${ms(cost.blockedMsMax)} (aim 50)`,
    `  after a start: board ${ms(cost.boardMs)}, then the first page ${ms(cost.firstPageAfterStartMs)} (aim 300)`,
    `${cost.runs} timers due together: all fired within ${ms(cost.firedMs)} (aim 20000), ` +
      `a start meanwhile ${cost.startRatioFiring.toFixed(1)} times alone (aim 3), blocked at most ${ms(cost.blockedFiringMsMax)} (aim 50)`,
  ].join('\n');
}
