import { AgentsUnavailable } from '../../../ports/work/agent-admin.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import { bucketSettings } from '../connection/streams.ts';

/** What is kept about agents, by keys that say what it is. */
export type AgentsBucket = {
  readonly stream: LazyStream;
  /** The subject of a key. */
  readonly subjectOf: (key: string) => string;
};

/** A KV bucket, made when the first key is read or written. */
export function createAgentsBucket(
  source: { readonly link: Link; readonly replicas: number },
  bucket: string,
): AgentsBucket {
  return {
    stream: createLazyStream({
      link: source.link,
      settings: { ...bucketSettings(bucket, source.replicas), storage: 'file' },
      giveUp: (reason, cause) =>
        new AgentsUnavailable(
          `what is known of agents cannot be read or changed: ${reason}; run \`workflow doctor\``,
          { cause },
        ),
    }),
    subjectOf: (key) => `$KV.${bucket}.${key}`,
  };
}
