import type { KV } from '@nats-io/kv';
import { z } from 'zod';
import { DefinitionRef } from '../../../events/run-events.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  type StoredDefinition,
} from '../../ports/definition-store.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { tail } from './tail.ts';

const Value = z.object({ ref: DefinitionRef, text: z.string(), file: z.string() });
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const HASH = /^[0-9a-f]{64}$/;

type Source = { readonly link: Link; readonly names: Names; readonly bucket: KV };

/**
 * Definitions as keys of a KV bucket that are written once: `hash.<hash>` holds the definition,
 * `version.<id>.<version>` its hash.
 */
export function createJetStreamDefinitionStore(source: Source): DefinitionStore {
  const { bucket } = source;

  return {
    register: (definition) => register(bucket, definition),
    byHash: (hash) => byHash(bucket, hash),
    byId: async (id, version) => {
      if (!ID.test(id)) return undefined;
      const chosen = version ?? (await highestVersion(source, id));
      const hash = chosen === undefined ? undefined : (await bucket.get(`version.${id}.${chosen}`))?.string();

      return hash === undefined ? undefined : byHash(bucket, hash);
    },
    list: async () => {
      const bodies = await lastValues(source, 'hash.*');

      return [...bodies.values()].map((body) => Value.parse(JSON.parse(body)));
    },
  };
}

async function register(bucket: KV, { ref, text, file }: StoredDefinition): Promise<void> {
  if (!ID.test(ref.id)) throw new RangeError(`${JSON.stringify(ref.id)} is not the id of a definition`);
  if (!HASH.test(ref.hash)) throw new RangeError(`${JSON.stringify(ref.hash)} is not a SHA-256 hash`);

  const versionKey = `version.${ref.id}.${ref.version}`;
  if (await isRegistered(bucket, versionKey, ref)) return;

  // The content first: a version never points to a hash that is not there.
  await createKey(bucket, `hash.${ref.hash}`, JSON.stringify({ ref, text, file }));
  if (!(await createKey(bucket, versionKey, ref.hash))) await isRegistered(bucket, versionKey, ref);
}

async function isRegistered(bucket: KV, versionKey: string, ref: DefinitionRef): Promise<boolean> {
  const hash = (await bucket.get(versionKey))?.string();
  if (hash !== undefined && hash !== ref.hash) throw new DefinitionTaken(ref, hash);

  return hash !== undefined;
}

/** Creates the key; false when it is there already. */
async function createKey(bucket: KV, key: string, value: string): Promise<boolean> {
  try {
    await bucket.create(key, value);

    return true;
  } catch (error) {
    // A lost answer looks like a failure too, so what counts is whether the key is there now.
    if ((await bucket.get(key)) === null) throw error;

    return false;
  }
}

async function byHash(bucket: KV, hash: string): Promise<StoredDefinition | undefined> {
  if (!HASH.test(hash)) return undefined;
  const entry = await bucket.get(`hash.${hash}`);

  return entry === null ? undefined : Value.parse(entry.json());
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
  const options = { stream: `KV_${name}`, filter: `$KV.${name}.${keys}`, givesUp: true };
  let left = 0;
  for await (const item of tail(link, { ...options, from: { kind: 'last-of-each' } })) {
    if (item.kind === 'start') {
      left = item.pending;
    } else {
      values.set(item.message.subject, item.message.message.string());
      left--;
    }
    if (left <= 0) break;
  }

  return values;
}
