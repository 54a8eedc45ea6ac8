import { randomBytes } from 'node:crypto';
import type { Bucket } from '../kv/bucket.ts';

const BYTES = 32;
const KEY = 'token-key';

/**
 * What the tokens of items are made with: the same for all engines of the namespace, made by the first that asks, and
 * known to nobody else. Its bucket is one that only engines reach.
 */
export function createWorkSecret(bucket: Bucket): () => Promise<string> {
  return async () => {
    const found = await bucket.latest(KEY);
    if (found !== undefined && found.body !== '') return found.body;
    const secret = randomBytes(BYTES).toString('hex');
    const position = await bucket.write(KEY, { body: secret, after: found?.revision ?? 0 });
    if (position !== undefined) return secret;
    // Another engine was quicker, or an answer to ours was lost: what is stored counts.
    const stored = await bucket.latest(KEY);

    return stored?.body ?? secret;
  };
}
