import { z } from 'zod';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import type { Holder } from '../../../ports/runs/leases.ts';
import type { Link } from '../connection/link.ts';
import { PATIENCE_MS } from '../connection/retry.ts';
import { tail } from '../journal/tail-session.ts';

/** The bucket that leases are kept in. */
export type LeaseBucket = {
  readonly link: Link;
  readonly bucket: string;
  /** Creates the bucket again: it is in memory, and a restart of the server forgets it. */
  readonly restore: () => Promise<unknown>;
};

type OnChange = (key: string, holder: Holder | undefined) => void;

const HolderText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');

      return z.NEVER;
    }
  })
  .pipe(z.object({ node: z.string(), host: z.string(), pid: z.int() }));
const KEY = /^(?=.{1,64}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** The subject of a lease's key. Throws on what could address other keys. */
export function leaseSubject(bucket: string, key: string): string {
  if (!KEY.test(key))
    throw new RangeError(`${JSON.stringify(key.slice(0, 80))} cannot be the key of a lease`);

  return `$KV.${bucket}.${key}`;
}

/** Whether a message with this header block says that the key is gone: given up, or expired. */
export function isMarker(headers: string): boolean {
  return /^(KV-Operation: (DEL|PURGE)|Nats-Marker-Reason:)/m.test(headers);
}

/** Everything that is held now. */
export async function readHolders(context: LeaseBucket): Promise<ReadonlyMap<string, Holder>> {
  const held = new Map<string, Holder>();
  const done = new AbortController();
  const collect: OnChange = (key, holder) => {
    if (holder !== undefined) held.set(key, holder);
  };
  const { ended } = await followLeases(context, collect, done.signal);
  done.abort();
  await ended;

  return held;
}

/**
 * Tells what is held, then every change, until the signal aborts; resolves when what is held was told. After a
 * reconnect, what was held and is there no more is told as given up. Rejects with JournalUnavailable when what is held
 * cannot be read for 30 s.
 */
export async function followLeases(
  context: LeaseBucket,
  onChange: OnChange,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<void> }> {
  let ready: () => void = () => undefined;
  const caughtUp = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const late = new AbortController();
  const either = AbortSignal.any([signal, late.signal]);
  const ended = follow(context, { onChange, ready: () => ready(), signal: either });
  // From here on the iteration only ends by the signal; a caller that does not wait for it must not be hit by it.
  ended.catch(() => undefined);
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    await Promise.race([caughtUp, ended]);
  } finally {
    clearTimeout(timer);
  }
  if (late.signal.aborted) {
    throw new JournalUnavailable(
      `which engines there are could not be read for ${PATIENCE_MS / 1000} s; run \`workflow doctor\``,
    );
  }

  return { ended };
}

async function follow(
  { link, bucket, restore }: LeaseBucket,
  { onChange, ready, signal }: { onChange: OnChange; ready: () => void; signal: AbortSignal },
): Promise<void> {
  const prefix = `$KV.${bucket}.`;
  const held = new Map<string, string>();
  let missing = new Set<string>();
  let left = 0;
  const tell = (key: string, body: string): void => {
    if ((held.get(key) ?? '') === body) return;
    if (body === '') held.delete(key);
    else held.set(key, body);
    onChange(key, body === '' ? undefined : readHolder(body));
  };

  const place = { stream: `KV_${bucket}`, filter: `${prefix}>` };
  const options = { ...place, signal, restore, current: true, givesUp: false };
  for await (const item of tail(link, { ...options, from: { kind: 'last-of-each' } })) {
    if (item.kind === 'start') {
      left = item.pending;
      missing = new Set(held.keys());
    } else {
      const { subject, message } = item.message;
      const key = subject.slice(prefix.length);
      missing.delete(key);
      tell(key, isMarker(String(message.headers ?? '')) ? '' : message.string());
      left--;
    }
    if (left > 0) continue;
    for (const key of missing) tell(key, '');
    missing.clear();
    ready();
  }
}

/** Reads the value of a key. Whatever stands there holds the lease, even if it is not ours to understand. */
export function readHolder(body: string): Holder {
  const { success, data } = HolderText.safeParse(body);

  return success ? data : { node: body, host: '', pid: 0 };
}
