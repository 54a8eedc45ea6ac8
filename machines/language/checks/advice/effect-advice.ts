import type { Finding } from '../../finding.ts';
import type { Outline, TaskSite } from '../../outline.ts';

/** Tasks that reach outside: attempts that may hang for ever, and effects that nobody undoes. */
export function adviseEffects({ sites }: Outline): readonly Finding[] {
  const undoing = new Set(
    sites.flatMap(({ task }) => (task.compensate === undefined ? [] : [task.compensate])),
  );

  return sites
    .filter(hasEffect)
    .flatMap((site) => [...withoutTimeout(site), ...withoutUndoing(site, undoing)]);
}

function withoutTimeout({ task, path }: TaskSite): readonly Finding[] {
  if (task.retry.maxAttempts === 1 || isTimed(task)) return [];
  const message =
    'the task is tried again when it fails, but an attempt that hangs never fails; add a timeout';
  const place = [...path, 'retry_policy'];

  return [{ code: 'definition.retry-without-timeout', severity: 'warning', message, path: place, at: 'key' }];
}

function withoutUndoing({ task, path }: TaskSite, undoing: ReadonlySet<string>): readonly Finding[] {
  if (undoing.size === 0 || undoing.has(task.id) || task.compensate !== undefined) return [];
  const message = 'the workflow undoes what it did, but nothing undoes this task; add compensate';

  return [{ code: 'definition.not-compensated', severity: 'warning', message, path: [...path, 'id'] }];
}

function hasEffect({ task }: TaskSite): boolean {
  if (task.type === 'HTTP') return true;

  // The built-in actions are the engine's own: they end by themselves.
  return task.type === 'SIMPLE' && task.performer.kind !== 'uses';
}

function isTimed(task: TaskSite['task']): boolean {
  if (
    task.timeoutMs !== undefined ||
    task.totalTimeoutMs !== undefined ||
    task.heartbeatTimeoutMs !== undefined
  ) {
    return true;
  }
  if (task.type === 'HTTP') return task.request.timeoutMs !== undefined;

  return task.performer.kind === 'run' && task.performer.run.timeoutMs !== undefined;
}
