import { z } from 'zod';
import { DefinitionRef } from '../../../../events/run-events.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  DefinitionUnreadable,
  type StoredDefinition,
} from '../../../ports/definitions/definition-store.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { definitionsSettings } from '../connection/streams.ts';
import { tail } from '../journal/tail-session.ts';
import { isMarker } from './bucket.ts';
import { watchDefinitions } from './definition-watch.ts';

const PublishMark = z.object({ by: z.string(), at: z.string(), reason: z.string().optional() });
const Value = z.object({
  ref: DefinitionRef,
  text: z.string(),
  file: z.string(),
  published: PublishMark.optional(),
});
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const HASH = /^[0-9a-f]{64}$/;

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };
type Store = Source & { readonly stream: LazyStream };

/**
 * Definitions as keys of a KV bucket that are written once: `hash.<hash>` holds the definition,
 * `version.<id>.<version>` its hash.
 */
export function createJetStreamDefinitionStore(source: Source): DefinitionStore {
  const { link, names, replicas } = source;
  const stream = createLazyStream({
    link,
    settings: definitionsSettings(names, replicas),
    giveUp: (reason, cause) =>
      new JournalUnavailable(`the store of definitions does not answer: ${reason}; run \`workflow doctor\``, {
        cause,
      }),
  });
  const store = { ...source, stream };

  return {
    register: (definition) => register(store, definition),
    byHash: (hash) => byHash(store, hash),
    byId: async (id, version) => {
      if (!ID.test(id)) return undefined;
      const chosen = version ?? (await highestVersion(source, id));
      const hash = chosen === undefined ? undefined : await read(store, `version.${id}.${chosen}`);

      return hash === undefined ? undefined : byHash(store, hash);
    },
    list: async () => {
      const bodies = await lastValues(source, 'hash.*');

      return [...bodies].map(([subject, body]) => valueIn(subject, body));
    },
    watch: (onRegistered, signal) => watchDefinitions(source, { onRegistered, signal }),
  };
}

async function register(store: Store, { ref, text, file, published }: StoredDefinition): Promise<void> {
  if (!ID.test(ref.id)) throw new RangeError(`${JSON.stringify(ref.id)} is not the id of a definition`);
  if (!HASH.test(ref.hash)) throw new RangeError(`${JSON.stringify(ref.hash)} is not a SHA-256 hash`);

  const versionKey = `version.${ref.id}.${ref.version}`;
  const isKnown = await isRegistered(store, versionKey, ref);
  const contentKey = `hash.${ref.hash}`;
  // The content may have been deleted or damaged where the version was not: then it is stored again.
  if (isKnown && isReadable(contentKey, await read(store, contentKey))) return;

  // The content first: a version never points to a hash that is not there.
  const content = JSON.stringify({ ref, text, file, published });
  const isOfUse = (found: string) => isReadable(contentKey, found);
  await create(store, { key: contentKey, value: content, isOfUse });
  await create(store, { key: versionKey, value: ref.hash });
  // Another process may have been first, with other content.
  await isRegistered(store, versionKey, ref);
}

async function isRegistered(store: Store, versionKey: string, ref: DefinitionRef): Promise<boolean> {
  const hash = await read(store, versionKey);
  if (hash !== undefined && hash !== ref.hash) throw new DefinitionTaken(ref, hash);

  return hash !== undefined;
}

async function read({ stream, names }: Store, key: string): Promise<string | undefined> {
  const last = await stream.last(subjectOf(names, key));

  return last === undefined || isMarker(last.headers) ? undefined : last.body;
}

function isReadable(key: string, value: string | undefined): boolean {
  try {
    return value !== undefined && valueIn(key, value) !== undefined;
  } catch (error) {
    if (error instanceof DefinitionUnreadable) return false;
    throw error;
  }
}

/** Leaves what stands there already as it is, where that is of use. */
async function create(
  { stream, names }: Store,
  {
    key,
    value,
    isOfUse = () => true,
  }: {
    readonly key: string;
    readonly value: string;
    readonly isOfUse?: (found: string) => boolean;
  },
): Promise<void> {
  const subject = subjectOf(names, key);
  const last = await stream.last(subject);
  if (last !== undefined && !isMarker(last.headers) && isOfUse(last.body)) return;
  await stream.store({ subject, body: value, after: last?.seq ?? 0 });
}

function subjectOf(names: Names, key: string): string {
  return `$KV.${names.definitionsBucket}.${key}`;
}

async function byHash(store: Store, hash: string): Promise<StoredDefinition | undefined> {
  if (!HASH.test(hash)) return undefined;
  const key = `hash.${hash}`;
  const value = await read(store, key);

  return value === undefined ? undefined : valueIn(key, value);
}

function valueIn(key: string, value: string): StoredDefinition {
  try {
    return Value.parse(JSON.parse(value));
  } catch (error) {
    throw new DefinitionUnreadable(key, error);
  }
}

async function highestVersion(source: Source, id: string): Promise<number | undefined> {
  const versions = [...(await lastValues(source, `version.${id}.*`)).keys()].map((key) =>
    Number(key.slice(key.lastIndexOf('.') + 1)),
  );

  return versions.length === 0 ? undefined : Math.max(...versions);
}

async function lastValues({ link, names }: Source, keys: string): Promise<ReadonlyMap<string, string>> {
  const name = names.definitionsBucket;
  const values = new Map<string, string>();
  const options = { stream: `KV_${name}`, filter: `$KV.${name}.${keys}`, current: true, givesUp: true };
  let left = 0;
  for await (const item of tail(link, { ...options, from: { kind: 'last-of-each' } })) {
    if (item.kind === 'start') {
      left = item.pending;
    } else {
      const { subject, message } = item.message;
      if (!isMarker(String(message.headers ?? ''))) values.set(subject, message.string());
      left--;
    }
    if (left <= 0) break;
  }

  return values;
}
