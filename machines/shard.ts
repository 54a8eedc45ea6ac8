/** How many shards the runs are spread over. Part of every subject: it never changes. */
export const SHARDS = 64;

const RUN_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Whether the text may be a run id. The pattern is strict because the id becomes part of a subject, where a
 * dot, a blank or a wildcard would address other runs.
 */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** The shard of a run: 0 to 63, or below `count`. */
export function shardOf(run: string, count: number = SHARDS): number {
  return textHash(run) % count;
}

/** A 32-bit hash of a text, FNV-1a over its characters. For spreading, not for safety. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }

  return hash >>> 0;
}
