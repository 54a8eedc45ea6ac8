import { randomBytes } from 'node:crypto';
import type { AgentsBucket } from '../kv/agents-bucket.ts';

const BYTES = 32;
const KEY = 'token-key';

/**
 * What the tokens of items are made with: the same for all engines of the namespace, made by the first that asks, and
 * known to nobody else. Its bucket is one that only engines reach.
 */
export function createWorkSecret({ stream, subjectOf }: AgentsBucket): () => Promise<string> {
  const subject = subjectOf(KEY);

  return async () => {
    const found = await stream.last(subject);
    if (found !== undefined && found.body !== '') return found.body;
    const secret = randomBytes(BYTES).toString('hex');
    const position = await stream.store({ subject, body: secret, after: found?.seq ?? 0 });
    if (position !== undefined) return secret;
    // Another engine was quicker, or an answer to ours was lost: what is stored counts.
    const stored = await stream.last(subject);

    return stored?.body ?? secret;
  };
}
