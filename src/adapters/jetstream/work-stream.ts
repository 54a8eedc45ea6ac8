import { WorkQueueUnavailable } from '../../ports/work-queue.ts';
import { createLazyStream, type LazyStream } from './lazy-stream.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import type { StreamSettings } from './streams.ts';

const SECOND_NANOS = 1_000_000_000;

/** The stream that holds the attempts of all agents until they are done. It is made when the first one is offered. */
export function createWorkStream(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): LazyStream {
  return createLazyStream({
    link: source.link,
    settings: workSettings(source.names, source.replicas),
    giveUp: (reason, cause) =>
      new WorkQueueUnavailable(`the queue of work does not answer: ${reason}; run \`workflow doctor\``, {
        cause,
      }),
  });
}

/** One message an attempt: who offers it again is refused, and whoever takes it out makes place for it again. */
function workSettings(names: Names, replicas: number): StreamSettings {
  return {
    name: names.workStream,
    subjects: [names.workSubjects],
    storage: 'file',
    retention: 'workqueue',
    discard: 'new',
    discard_new_per_subject: true,
    max_age: 0,
    max_msgs: -1,
    max_msgs_per_subject: 1,
    // An attempt that is over is purged.
    deny_purge: false,
    allow_rollup_hdrs: false,
    // Message ids are never sent, so there is nothing to remember.
    duplicate_window: SECOND_NANOS,
    num_replicas: replicas,
  };
}
