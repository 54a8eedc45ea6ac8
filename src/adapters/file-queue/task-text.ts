import { dump } from 'js-yaml';
import type { WorkItem } from '../../../events/worker-protocol.ts';
import { formatDuration } from '../../../machines/language/duration.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';

/** The file that an agent finds in its inbox. `replyTo` is the folder that it answers in, `replyAs` the file. */
export function taskText(
  item: WorkItem,
  reply: { readonly replyTo: string; readonly replyAs: string },
): string {
  const { timeoutMs, heartbeatTimeoutMs } = item;

  return dump(
    {
      header: {
        sirius_time: siriusTime(item.offeredAt),
        workflow_id: item.run,
        task_id: item.task,
        task_name: item.name ?? item.task,
        ...(item.level === undefined ? {} : { agent_level: item.level }),
        assigned_to: item.agent,
        ...(timeoutMs === undefined ? {} : { timeout: formatDuration(timeoutMs) }),
        ...(heartbeatTimeoutMs === undefined
          ? {}
          : { heartbeat_timeout: formatDuration(heartbeatTimeoutMs) }),
        requires_response: true,
        attempt: item.attempt,
        key: item.key,
        token: item.token,
        traceparent: item.traceparent,
        definition: item.definition,
        ...(item.team === undefined ? {} : { team: item.team }),
      },
      payload: item.input,
      routing: { urgency: 'normal', reply_to: reply.replyTo, reply_as: reply.replyAs },
    },
    { noRefs: true, lineWidth: 120 },
  );
}
