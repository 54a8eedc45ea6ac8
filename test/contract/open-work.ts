import { afterEach, beforeEach, expect } from 'vitest';
import type { WorkItem } from '../../events/worker-protocol.ts';
import type { Presence } from '../../src/ports/work/agent-admin.ts';
import type { WorkQueue } from '../../src/ports/work/work-queue.ts';
import type { ClaimedItem, WorkerLink } from '../../src/ports/work/worker-link.ts';

/** Both sides of a transport of the worker protocol, empty. */
export type OpenWork = {
  readonly queue: WorkQueue;
  /** The same queue as another engine sees it. */
  readonly other: WorkQueue;
  readonly presence: Presence;
  /** The link of one more worker; closed with the rest. */
  readonly link: () => Promise<WorkerLink>;
  /** How long an item is kept for who has it, in real time. */
  readonly aliveMs: number;
  readonly close: () => Promise<void>;
};

/** Opens the queue before each test and closes it after. The members may be used inside tests only. */
export function useWork(open: () => Promise<OpenWork>): { readonly it: OpenWork } {
  const current: { it: OpenWork } = { it: undefined as unknown as OpenWork };
  beforeEach(async () => {
    current.it = await open();
  });
  afterEach(() => current.it.close());

  return current;
}

export const never = new AbortController().signal;

/** An item for the agent ada, unless it is said otherwise. */
export function workItem(run: string, more: Partial<WorkItem> = {}): WorkItem {
  return {
    protocol: 1,
    run,
    task: 'build',
    attempt: 1,
    key: `${run}/build`,
    token: 'f00d',
    agent: 'ada',
    definition: { id: 'release', version: 3 },
    input: { text: 'Grüße\n"', list: [1, null, true] },
    offeredAt: '2026-01-01T00:00:00.000Z',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ...more,
  };
}

/** The next item, which must come. */
export async function claimed(
  link: Pick<WorkerLink, 'claim'>,
  agent = 'ada',
  waitMs = 20_000,
): Promise<ClaimedItem> {
  const found = await link.claim(agent, { waitMs, signal: never });
  if (found === undefined) throw new Error(`no item for ${agent} within ${waitMs} ms`);

  return found;
}

export async function expectNothing(
  link: Pick<WorkerLink, 'claim'>,
  waitMs = 300,
  agent = 'ada',
): Promise<void> {
  expect((await link.claim(agent, { waitMs, signal: never }))?.item.key).toBeUndefined();
}
