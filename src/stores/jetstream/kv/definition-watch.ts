import type { DefinitionRef } from '../../../../events/run-events.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { PATIENCE_MS, pause } from '../connection/retry.ts';
import { definitionsSettings, ensureStream } from '../connection/streams.ts';
import { tail } from '../journal/tail-session.ts';
import { isMarker } from './bucket.ts';

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };
type Watch = { readonly onRegistered: (ref: DefinitionRef) => void; readonly signal: AbortSignal };
type Following = Watch & { readonly onCaughtUp: () => void };

/** The pause after an error that does not pass by itself, as the exponent that `pause` counts by. */
const slowly = 8;

/**
 * Tells every version that is registered, and then those that follow, until the signal aborts; resolves when what was
 * there has been told. Rejects with JournalUnavailable when that cannot be read for 30 s.
 */
export async function watchDefinitions(source: Source, watch: Watch): Promise<void> {
  const late = new AbortController();
  const signal = AbortSignal.any([watch.signal, late.signal]);
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      followOn(source, { ...watch, signal, onCaughtUp: resolve }).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
  if (!late.signal.aborted) return;

  throw new JournalUnavailable(
    `which definitions there are could not be read for ${PATIENCE_MS / 1000} s; run \`workflow doctor\``,
  );
}

/** Errors before the first complete listing reject the caller; later ones are retried silently. */
async function followOn(source: Source, { onRegistered, signal, onCaughtUp }: Following): Promise<void> {
  let isCaughtUp = false;
  const caughtUp = (): void => {
    isCaughtUp = true;
    onCaughtUp();
  };
  while (!signal.aborted) {
    try {
      await follow(source, { onRegistered, signal, onCaughtUp: caughtUp });
    } catch (error) {
      if (!isCaughtUp) throw error;
      await pause(slowly);
    }
  }
}

async function follow(source: Source, { onRegistered, signal, onCaughtUp }: Following): Promise<void> {
  const { link, names, replicas } = source;
  const prefix = `$KV.${names.definitionsBucket}.version.`;
  const restore = () => ensureStream(link, definitionsSettings(names, replicas));
  const options = {
    stream: `KV_${names.definitionsBucket}`,
    filter: `${prefix}>`,
    from: { kind: 'last-of-each' },
    current: true,
    givesUp: false,
    signal,
    ...(link.mayLead ? { restore } : {}),
  } as const;
  let left = 0;
  for await (const item of tail(link, options)) {
    if (item.kind === 'start') {
      left = item.pending;
    } else {
      const { subject, message } = item.message;
      const [id, version] = subject.slice(prefix.length).split('.');
      const isThere = !isMarker(String(message.headers ?? ''));
      if (isThere && id !== undefined) onRegistered({ id, version: Number(version), hash: message.string() });
      left--;
    }
    if (left <= 0) onCaughtUp();
  }
}
