import { knownMs } from '../../task.ts';
import type { TaskPlace } from '../plan.ts';
import type { ConfigJson, ConfigObject } from './implementations.ts';

/**
 * What the engine does for a task in a state, beside the machine: the timers that it keeps, and the work that it has
 * carried out. A machine that kept timers itself would lose them with its process.
 */
export function metaOf(
  place: TaskPlace,
  state: string,
  descriptors: readonly string[],
  body?: ConfigObject,
): ConfigObject {
  const after = descriptors.flatMap((descriptor) => timerOf(place, descriptor) ?? []);
  const invoke = invokedIn(place, state);
  const meta = {
    ...(after.length === 0 ? {} : { after }),
    ...(invoke === undefined ? {} : { invoke }),
    ...(body === undefined ? {} : { body }),
  };

  return Object.keys(meta).length === 0 ? {} : { meta };
}

function timerOf({ task }: TaskPlace, descriptor: string): ConfigJson | undefined {
  const [, timer] = /^timer\.fired\.(.+)\.[^.]+$/.exec(descriptor) ?? [];
  if (timer === undefined) return undefined;
  const delay = {
    'task.retry': task.retry.initialDelayMs,
    'task.timeout': task.timeoutMs,
    'task.queue-timeout': task.queueTimeoutMs,
    'task.heartbeat-timeout': task.heartbeatTimeoutMs,
    'task.total-timeout': task.totalTimeoutMs,
    'wait.elapsed': task.type === 'WAIT' ? task.durationMs : undefined,
    'approval.timeout': task.timeoutMs,
    'approval.escalation': task.type === 'HUMAN' ? task.escalate?.[0]?.afterMs : undefined,
    'approval.reminder': task.type === 'HUMAN' ? task.remind?.everyMs : undefined,
  }[timer];

  const delayMs = knownMs(delay);
  const shown = delayMs === undefined ? (delay === undefined ? {} : { expression: delay }) : { delayMs };

  return { event: descriptor, timer, ...shown };
}

/** By the states in which something outside of the chart is to happen. */
function invokedIn({ task }: TaskPlace, state: string): ConfigJson | undefined {
  const { id, type } = task;
  switch (state) {
    case 'scheduled':
    case 'in_progress':
    case 'deciding':
    case 'pending_approval':
      return { id, src: type };
    case 'delegated':
      return { id, src: type, ...(task.type === 'SUB_WORKFLOW' ? { workflow: task.workflow } : {}) };
    case 'conditional':
      return { id, src: 'condition', expression: task.when ?? '' };
    case 'naming':
      return { id, src: 'names' };
    case 'listing':
      return { id, src: 'list' };
    case 'looping':
      return { id, src: 'condition', expression: task.type === 'DO_WHILE' ? (task.loopCondition ?? '') : '' };
    case 'shaping':
      return { id, src: 'output' };
    case 'arming':
      return { id, src: 'time or kept signal' };
    default:
      return undefined;
  }
}
