import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { expect, onTestFinished } from 'vitest';
import type { WorkItem } from '../../events/worker-protocol.ts';
import { createFileQueue, type FileQueue } from '../../src/file-queue/file-queue.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Agent, Roster } from '../../src/ports/work/agent-admin.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createEngineStandIn, type EngineStandIn } from './engine-stand-in.ts';

export const inbox = '1N.3OX';
export const outbox = '0UT.3OX';

/** A project with agents that work by files, one queue on it, an engine that can be asked, and a clock to be moved. */
export type FileWorld = {
  readonly projectDir: string;
  readonly clock: ManualClock;
  readonly engine: EngineStandIn;
  readonly queue: FileQueue;
  readonly troubles: readonly unknown[];
  /** Opens an attempt at the engine and offers it. */
  readonly offer: (item?: Partial<WorkItem>) => Promise<WorkItem>;
  /** Another queue on the same folders, as another engine has it. */
  readonly another: () => FileQueue;
  /** Moves the clock on until the condition holds. */
  readonly until: (condition: () => Promise<boolean> | boolean, tickMs?: number) => Promise<void>;
};

export async function fileWorld(agents: readonly string[] = ['SCANNER']): Promise<FileWorld> {
  const projectDir = await temporaryProject();
  const clock = createManualClock();
  const engine = createEngineStandIn();
  const troubles: unknown[] = [];
  const another = () => openQueue({ projectDir, clock, engine, agents, onTrouble: (e) => troubles.push(e) });
  const queue = another();

  return {
    projectDir,
    clock,
    engine,
    queue,
    troubles,
    another,
    offer: async (item = {}) => {
      const offered = workItem(item);
      engine.open(offered);
      await queue.offer(offered);

      return offered;
    },
    until: (condition, tickMs = 250) =>
      expect
        .poll(
          async () => {
            clock.advance(tickMs);
            return condition();
          },
          { interval: 10, timeout: 20_000 },
        )
        .toBe(true),
  };
}

/** A queue that is closed at the end of the test. */
export function openQueue(options: {
  readonly projectDir: string;
  readonly clock: Clock;
  readonly engine: EngineStandIn;
  readonly agents: readonly string[];
  readonly onTrouble: (error: unknown) => void;
}): FileQueue {
  const { engine, agents, ...rest } = options;
  const queue = createFileQueue({ ...rest, roster: rosterOf(agents), report: engine.report });
  onTestFinished(() => queue.close());

  return queue;
}

function rosterOf(names: readonly string[]): Roster {
  const agents = names.map(
    (name): Agent => ({
      name,
      level: 'L3',
      skills: [],
      capacity: 1,
      transport: { kind: 'files', inbox, outbox },
      declared: true,
      workers: [],
    }),
  );

  return {
    agents: () => agents,
    find: (name) => agents.find((agent) => agent.name === name),
    returns: () => undefined,
    onChange: () => () => undefined,
  };
}

export function workItem(item: Partial<WorkItem> = {}): WorkItem {
  const { run = 'run-1', task = 'scan_files', attempt = 1 } = item;

  return {
    protocol: 1,
    run,
    task,
    attempt,
    key: `${run}/${task}`,
    token: `token-of-${run}-${task}-${attempt}`,
    agent: 'SCANNER',
    definition: { id: 'inventory-validation', version: 1 },
    input: { folder: 'data' },
    offeredAt: '2025-10-07T14:20:00.000Z',
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    ...item,
  };
}

/** What the seeds' listener writes about a task. */
export function answerText(
  item: WorkItem,
  header: Readonly<Record<string, unknown>> = {},
  payload: unknown = { ok: 1 },
) {
  return dump({
    header: {
      sirius_time: '⧗-25.61',
      workflow_id: item.run,
      task_id: item.task,
      agent: item.agent,
      status: 'success',
      ...header,
    },
    payload,
  });
}

/** The files of a project: names in a folder, texts, whether something is there. */
export function filesOf(projectDir: string) {
  const at = (path: string) => join(projectDir, path);

  return {
    at,
    names: async (path: string) => (await readdir(at(path)).catch(() => [])).sort(),
    has: (path: string) =>
      stat(at(path)).then(
        () => true,
        () => false,
      ),
    text: (path: string) => readFile(at(path), 'utf8'),
    yaml: async (path: string) =>
      load(await readFile(at(path), 'utf8')) as Record<string, Record<string, unknown>>,
    write: (path: string, text: string | Uint8Array) => writeFile(at(path), text),
    move: (from: string, to: string) => rename(at(from), at(to)),
    remove: (path: string) => rm(at(path), { recursive: true, force: true }),
  };
}
