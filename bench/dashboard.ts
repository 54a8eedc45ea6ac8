import { OpenAPIHono } from '@hono/zod-openapi';
import { systemClock as clock } from '../src/compose/system-clock.ts';
import { createBoard } from '../src/engine/board/board.ts';
import { createRunRows } from '../src/engine/run-reader/run-cache.ts';
import type { ApiEnv } from '../src/http/api.ts';
import { addOperationRoutes } from '../src/http/operation-routes.ts';
import { addStreamRoutes } from '../src/http/routes/system/stream.ts';
import { loadAllOperations } from '../src/operations/load-operations.ts';
import type { OperationPorts } from '../src/operations/use-case.ts';
import type { Board } from '../src/ports/runs/board.ts';
import type { Journal } from '../src/ports/runs/journal.ts';
import { createLayout } from '../src/project/layout.ts';
import { createRunBook } from '../src/projections/run/run-book.ts';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { indexedHere } from './indexed-here.ts';
import { graphTasks, placing } from './placing.ts';
import { writeRecords } from './plain-records.ts';
import { rawPublish } from './raw-publish.ts';
import { quantile } from './statistics.ts';
import { idleClients, type StreamCost, toClient } from './stream-clients.ts';

/** What people who look at runs wait for, in ms. */
export type DashboardCost = StreamCost & {
  readonly events: number;
  readonly firstPageMs: number;
  readonly wholeBookMs: number;
  readonly warmPageMs: number;
  readonly timelineMs: number;
  readonly runs: number;
  readonly bootMs: number;
  readonly homeP95Ms: number;
  readonly roundTripMs: number;
  readonly graphMs: number;
};

const events = 20_000;
const runs = 10_000;

/** The parts of the HTTP API that are about what happens, over a journal on the server; no engine is at work. */
export async function measureDashboard(url: string): Promise<DashboardCost> {
  const stream = await connectJetStream({ url, namespace: `bench-dashboard-${process.pid}` });
  const { journal } = stream;
  const layout = createLayout();
  await writeRecords(journal, { run: 'long', count: events });
  await writeMany(journal);
  const began = performance.now();
  const board = createBoard({ ...indexedHere(stream), clock, onTrouble: () => {} });
  await board.ready;
  const bootMs = performance.now() - began;
  const api = await openApi(journal, board, layout);
  try {
    return {
      ...(await pages(api)),
      runs,
      bootMs,
      homeP95Ms: await home(api, journal),
      ...(await toClient(api, journal)),
      ...(await rawPublish(url, 2_000)),
      graphMs: await placing(),
    };
  } finally {
    await board.close();
    await layout.close();
    await stream.close();
  }
}

type Api = OpenAPIHono<ApiEnv>;

async function openApi(
  journal: Journal,
  board: Board,
  layout: ReturnType<typeof createLayout>,
): Promise<Api> {
  const api: Api = new OpenAPIHono<ApiEnv>();
  const workflows = {
    waitingApprovals: async () => [],
    deadLetters: async () => [],
    definition: async () => undefined,
  } as never;
  const agents = { agents: () => [], depths: async () => new Map() } as never;
  const triggers = { schedules: async () => [] } as never;
  const rows = createRunRows(journal, board, createRunBook);
  const metrics = { streamClients: () => {} } as never;
  const ports = { workflows, board, rows, layout, agents, triggers, clock } as Partial<OperationPorts>;
  const portsOf = () => ports as OperationPorts;
  addOperationRoutes(api, { portsOf }, await loadAllOperations());
  const alertFeed = { onAlert: () => () => {} };
  addStreamRoutes(api, { board, agents, clock, metrics, alertFeed, portsOf, boundsOf: () => undefined });

  return api;
}

/** A tenth of the runs is under way. */
async function writeMany(journal: Journal): Promise<void> {
  const left = Array.from({ length: runs - 1 }, (_, index) => index).values();
  const writer = async (): Promise<void> => {
    for (const index of left)
      await writeRecords(journal, { run: `r${index}`, count: 1, isOver: index % 10 !== 0 });
  };
  await Promise.all(Array.from({ length: 100 }, writer));
}

async function timed(api: Api, path: string): Promise<number> {
  const began = performance.now();
  const response = await api.request(path);
  await response.text();
  if (response.status !== 200) throw new Error(`${path} was answered with ${response.status}`);

  return performance.now() - began;
}

async function pages(
  api: Api,
): Promise<Pick<DashboardCost, 'events' | 'firstPageMs' | 'wholeBookMs' | 'warmPageMs' | 'timelineMs'>> {
  const path = '/api/v1/runs/long';
  const began = performance.now();
  const firstPageMs = await timed(api, `${path}/events?limit=200`);
  // The first event stands at the far end of the book, so this waits for all of it.
  await timed(api, `${path}/events/1`);
  const wholeBookMs = performance.now() - began;
  const warm: number[] = [];
  for (let page = 0; page < 50; page++)
    warm.push(await timed(api, `${path}/events?limit=200&after=${page * 200}`));

  return {
    events,
    firstPageMs,
    wholeBookMs,
    warmPageMs: quantile(warm, 0.95),
    timelineMs: await timed(api, `${path}/timeline`),
  };
}

/** Each time behind an event, so that nothing is known beforehand. */
async function home(api: Api, journal: Journal): Promise<number> {
  const times: number[] = [];
  await timed(api, '/api/v1/home');
  for (let index = 0; index < 100; index++) {
    await writeRecords(journal, { run: `h${index}`, count: 1 });
    times.push(await timed(api, '/api/v1/home'));
  }

  return quantile(times, 0.95);
}

/** The lines of what people who look at runs wait for. */
export function dashboardLines(cost: DashboardCost): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const trips = (cost.toClientP95Ms / cost.roundTripMs).toFixed(1);

  return [
    `run of ${cost.events} events: first page ${ms(cost.firstPageMs)}, whole ${ms(cost.wholeBookMs)}, ` +
      `warm page p95 ${ms(cost.warmPageMs)}, timeline ${ms(cost.timelineMs)}   (aims: first 1000, warm 20)`,
    `${cost.runs} runs: board ${ms(cost.bootMs)}, home p95 ${ms(cost.homeP95Ms)}   (aim: 50)`,
    `event to client beside ${idleClients} others, in round trips p95 ${trips}   (p50 ${ms(cost.toClientP50Ms)}, p95 ${ms(cost.toClientP95Ms)}, ` +
      `round trip ${ms(cost.roundTripMs)}; aim: 500 ms to the screen)`,
    `graph of ${graphTasks} tasks ${ms(cost.graphMs)}   (aim: 1000)`,
  ].join('\n');
}
