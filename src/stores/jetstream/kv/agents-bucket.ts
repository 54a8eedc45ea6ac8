import { AgentsUnavailable } from '../../../ports/work/agent-admin.ts';
import type { Link } from '../connection/link.ts';
import { type Bucket, createBucket } from './bucket.ts';

/** What is kept about agents, by keys that say what it is. */
export function createAgentsBucket(
  { link, replicas }: { readonly link: Link; readonly replicas: number },
  bucket: string,
): Bucket {
  return createBucket({
    ...{ link, replicas, bucket },
    giveUp: (reason, cause) =>
      new AgentsUnavailable(
        `what is known of agents cannot be read or changed: ${reason}; run \`workflow doctor\``,
        { cause },
      ),
  });
}
