import { hashesCalled } from '../../../machines/bundle.ts';
import type { OnProgress } from '../../cli/app.ts';
import { delay } from '../../lib/deadline.ts';
import { retryUntilDone } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import {
  BundleRefused,
  type BundleStore,
  type PublishedBundle,
} from '../../ports/definitions/bundle-store.ts';
import { refuseBundleFolder, refuseProjectFolder, unpackBundle } from '../../project/bundle-folder.ts';
import { systemClock } from '../system-clock.ts';
import { openSession } from './open-session.ts';

/** `current`: whichever is, now and later. Else the hash of one, or its beginning. */
export type WantedBundle = string;

const againMs = 1_000;

/**
 * Makes a folder ready to be served from a bundle of the store, before an engine reads anything in it; a folder that is
 * served without one is left as it is. Rejects with BundleRefused.
 */
export async function prepareFolder(
  projectDir: string,
  wanted: WantedBundle | undefined,
  onProgress: OnProgress,
): Promise<void> {
  if (wanted === undefined) return refuseBundleFolder(projectDir);
  await refuseProjectFolder(projectDir);
  const { stream, close } = await openSession({ projectDir, engine: 'none' }, onProgress);
  try {
    const { bundles } = stream;
    const history = await bundles.history();
    const current = history.at(-1);
    if (current === undefined) throw noneYet();
    const called = wanted === 'current' ? [current.hash] : hashesCalled(history, wanted);
    const [hash] = called;
    if (hash === undefined || called.length > 1) throw BundleRefused.notOne(wanted, called.length);
    await unpack(projectDir, bundles, hash);
    onProgress(
      goesBy(
        hash,
        history.findLast((each) => each.hash === hash),
      ),
    );
    for (const { definition, what } of (await bundles.find(hash))?.needsFiles ?? [])
      onProgress(`${definition} works with files of this folder: ${what}`);
  } finally {
    await close();
  }
}

/** Goes on with each bundle that becomes the current one, until the returned function is called. */
export function followBundle(
  projectDir: string,
  wanted: WantedBundle | undefined,
  { bundles, onProgress }: { readonly bundles: BundleStore; readonly onProgress: OnProgress },
): () => void {
  const closing = new AbortController();
  if (wanted === 'current') {
    let known = '';
    let latest: PublishedBundle | undefined;
    let working = Promise.resolve();
    const goOn = (published: PublishedBundle): void => {
      latest = published;
      working = working.then(() =>
        untilDone(closing.signal, onProgress, async () => {
          if (published !== latest || published.hash === known) return;
          const isFirst = known === '';
          await unpack(projectDir, bundles, published.hash);
          known = published.hash;
          if (!isFirst) onProgress(goesBy(known, published));
        }),
      );
    };
    void untilDone(closing.signal, onProgress, () => bundles.watch(goOn, closing.signal));
  }

  return () => closing.abort();
}

function untilDone(signal: AbortSignal, onProgress: OnProgress, act: () => Promise<void>): Promise<void> {
  let said = '';

  return retryUntilDone(
    async () => {
      if (!signal.aborted) await act();
    },
    async (error) => {
      const message = `the current bundle cannot be taken over: ${messageOf(error)}; trying again`;
      if (message !== said && !signal.aborted) onProgress(message);
      said = message;
      await delay(systemClock, againMs);
    },
  );
}

async function unpack(projectDir: string, bundles: BundleStore, hash: string): Promise<void> {
  const bundle = await bundles.find(hash);
  const files = await Promise.all(
    (bundle?.files ?? []).map(async ({ path, sha256 }) => ({ path, text: await bundles.text(sha256) })),
  );
  const whole = files.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]));
  if (bundle === undefined || whole.length < files.length)
    throw new BundleRefused('bundle.unreadable', `the bundle ${hash} is not stored as it was published`);
  await unpackBundle(projectDir, { hash, files: whole });
}

function goesBy(hash: string, published: PublishedBundle | undefined): string {
  const { by, at, reason } = published ?? {};
  const why = reason === undefined ? '' : ` (${reason})`;

  return `goes by the bundle ${hash.slice(0, 12)} that ${by} published at ${at}${why}`;
}

function noneYet(): BundleRefused {
  return new BundleRefused(
    'bundle.none',
    'no bundle was published in this namespace yet',
    'workflow definitions publish, in the folder of the project',
  );
}
