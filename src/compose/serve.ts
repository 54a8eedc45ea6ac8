import { once } from 'node:events';
import type { OnProgress, ServeOptions } from '../adapters/cli/app.ts';
import { endInOrder } from './end-in-order.ts';
import { type Decorate, openSession } from './open-session.ts';
import { serveTriggers } from './triggers.ts';

/** How long giving the leases back may take, once nothing is under way. */
const giveBackMs = 3_000;
/** How long what triggers are about to start may hold the end up: another engine starts it. */
const endTriggersMs = 6_000;

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
  { projectDir, signal, drainMs }: ServeOptions,
  onProgress: OnProgress,
  decorate?: Decorate,
): Promise<void> {
  const session = await openSession({ projectDir, engine: 'embedded' }, onProgress, decorate);
  try {
    if (session.node === undefined) throw new NoEngineUser(session.server.url);
    const { node, server } = session;
    await node.workOnAll();
    const endTriggers = await serveTriggers({ ...session, projectDir, onProgress });
    onProgress(`engine ready on ${server.url} (NATS ${server.version})`);
    if (!signal.aborted) await once(signal, 'abort');
    await endInOrder([
      { end: endTriggers, limitMs: endTriggersMs },
      // Where the leases cannot be reached, they run out by themselves.
      { end: () => node.drain(drainMs), limitMs: drainMs + giveBackMs },
    ]);
  } finally {
    await session.close();
  }
}
