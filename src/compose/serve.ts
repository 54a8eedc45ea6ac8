import { once } from 'node:events';
import type { OnProgress, ServeOptions } from '../adapters/cli/app.ts';
import { type Decorate, openSession } from './open-session.ts';

/** Runs an engine that works on every run nobody else works on, until the signal aborts. */
export async function serve(
  { projectDir, signal }: ServeOptions,
  onProgress: OnProgress,
  decorate?: Decorate,
): Promise<void> {
  const session = await openSession({ projectDir, engine: 'embedded' }, onProgress, decorate);
  try {
    await session.node?.workOnAll();
    onProgress(`engine ready on ${session.server.url} (NATS ${session.server.version})`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await session.close();
  }
}
