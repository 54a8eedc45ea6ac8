import { type KeyEntries, KeysUnavailable } from '../../../ports/access/subject-keys.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { createBucket } from './bucket.ts';

/** Between its writing and the destruction of the one before, an entry is there twice; after a crash, once more. */
const VERSIONS_MAX = 8;
const NAME = /^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$/;

/**
 * Wrapped keys in a bucket of their own. What is destroyed is overwritten by the server in the file that it stands in;
 * deleting it as other buckets do would leave its bytes there until the server happens to compact that file.
 */
export function createJetStreamKeyEntries({
  link,
  names,
  replicas,
}: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): KeyEntries {
  const bucket = createBucket({
    ...{ link, replicas, bucket: names.keysBucket },
    settings: { deny_delete: false, max_msgs_per_subject: VERSIONS_MAX },
    giveUp: (reason, cause) =>
      new KeysUnavailable(`the store of keys does not answer: ${reason}; run \`workflow doctor\``, { cause }),
  });

  return {
    get: async (name) => (await bucket.get(checked(name)))?.body,
    create: async (name, body) => {
      if ((await bucket.write(checked(name), { body, after: 0 })) !== undefined) return true;

      // What is there may be ours: the answer to an earlier try was lost.
      return (await bucket.get(name))?.body === body;
    },
    replace: async (name, body, before) => {
      const there = await bucket.get(checked(name));
      if (there?.body !== before) return false;
      await bucket.write(name, { body, after: there.revision });
      // The answer to an earlier try may have been lost.
      const now = await bucket.get(name);
      if (now?.body !== body) return false;
      await bucket.overwrite(name, now.revision);

      return true;
    },
    list: async (prefix) => {
      const found: { name: string; body: string }[] = [];
      const filter = prefix.endsWith('.') ? `${prefix}>` : prefix;
      for await (const { key, body } of bucket.entries(filter)) found.push({ name: key, body });

      return found;
    },
    destroy: (name) => bucket.overwrite(checked(name)),
  };
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new RangeError(`${JSON.stringify(name.slice(0, 80))} is not the name of a key`);

  return name;
}
