import { once } from 'node:events';
import type { OnProgress, ServeOptions } from '../adapters/cli/app.ts';
import { endInOrder, type Part } from './end-in-order.ts';
import { openLookout } from './lookout.ts';
import { type Decorate, openSession } from './open-session.ts';
import { serveTriggers } from './triggers.ts';

/** How long giving the leases back may take, once nothing is under way. */
const giveBackMs = 3_000;
/** How long what triggers are about to start may hold the end up: another engine starts it. */
const endTriggersMs = 6_000;
/** How long whoever looks on may hold it up. */
const endLookoutMs = 4_000;

/** The user in NATS_URL may not do what engines do. The reaction: use that of an engine. */
class NoEngineUser extends Error {
  override readonly name = 'NoEngineUser';
  readonly code = 'authority.engine';

  constructor(url: string) {
    super(
      `the user in NATS_URL may not run an engine on ${url}; give the address of the user "engine" that ` +
        '`workflow nats-config` wrote',
    );
  }
}

/** Runs an engine that shares all runs with the others, until the signal aborts and what is under way is over. */
export async function serve(
  { projectDir, signal, drainMs, http }: ServeOptions,
  onProgress: OnProgress,
  decorate?: Decorate,
): Promise<void> {
  const session = await openSession({ projectDir, engine: 'embedded' }, onProgress, decorate);
  const parts: Part[] = [];
  try {
    if (session.node === undefined) throw new NoEngineUser(session.server.url);
    const { node, server } = session;
    // Before it takes any work: an address that is taken ends it.
    const endLookout = await openLookout({ projectDir, session, http, onProgress });
    parts.push({ end: endLookout, limitMs: endLookoutMs });
    await node.workOnAll();
    const endTriggers = await serveTriggers({ ...session, projectDir, onProgress });
    parts.push({ end: endTriggers, limitMs: endTriggersMs });
    onProgress(`engine ready on ${server.url} (NATS ${server.version})`);
    if (!signal.aborted) await once(signal, 'abort');
    // Where the leases cannot be reached, they run out by themselves.
    parts.push({ end: () => node.drain(drainMs), limitMs: drainMs + giveBackMs });
  } finally {
    await endInOrder([...parts, { end: session.close }]);
  }
}
