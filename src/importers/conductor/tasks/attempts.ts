import type { Json } from '../../../../events/canonical-json.ts';
import { formatDuration } from '../../../../machines/language/duration.ts';
import type { SourcePlace } from '../context.ts';
import { isMap, isUnset, type JsonMap, numberAt, textAt } from '../source/parse-json.ts';
import type { ConductorTask } from '../source/task.ts';

const longestMs = 366 * 86_400_000;
const attemptsMax = 1000;

/** Types that Conductor itself carries out: they mostly have no task definition. */
const carriedByServer = new Set([
  ...['HTTP', 'INLINE', 'LAMBDA', 'JSON_JQ_TRANSFORM', 'SUB_WORKFLOW', 'START_WORKFLOW', 'FORK_JOIN_DYNAMIC'],
  ...['KAFKA_PUBLISH', 'EVENT'],
]);

/** The task definition of a task: the one inside it, else the one of its name. */
export function definitionOf({ raw, name }: ConductorTask, { scope }: SourcePlace): JsonMap | undefined {
  const inside = raw['taskDefinition'];
  if (isMap(inside) && !isUnset(inside)) return inside;

  return scope.context.taskDefinitions.get(name);
}

/** Retries and time-outs, out of the task definition and the task. `worker`: whether a worker carries it out. */
export function attemptFields(
  task: ConductorTask,
  place: SourcePlace,
  { worker }: { readonly worker: boolean },
): Readonly<Record<string, Json | undefined>> {
  const definition = definitionOf(task, place);
  const own = numberAt(task.raw, 'retryCount');
  if (definition === undefined) {
    if (worker && !carriedByServer.has(task.type)) place.scope.context.missingDefinitions.add(task.name);
    return own === undefined || own <= 0
      ? {}
      : { retry_policy: retryPolicy({ retryCount: own }, own, place) };
  }
  reportDefinition(definition, place);
  const retries = own ?? numberAt(definition, 'retryCount') ?? 3;
  const policy = textAt(definition, 'timeoutPolicy') ?? 'TIME_OUT_WF';
  const timeout = seconds(definition, 'timeoutSeconds');

  return {
    retry_policy: retries === 0 ? undefined : retryPolicy(definition, retries, place),
    timeout,
    timeout_policy: timeout === undefined ? undefined : timeoutPolicy(policy, place),
    heartbeat_timeout: worker ? (seconds(definition, 'responseTimeoutSeconds') ?? '1h') : undefined,
    queue_timeout: worker ? seconds(definition, 'pollTimeoutSeconds') : undefined,
    total_timeout: seconds(definition, 'totalTimeoutSeconds'),
  };
}

function timeoutPolicy(policy: string, { say }: SourcePlace): string {
  const ours = { RETRY: 'retry', TIME_OUT_WF: 'fail', ALERT_ONLY: 'alert' }[policy];
  if (ours !== undefined) return ours;
  say.warning('timeoutPolicy', `"${policy}" is not a policy of Conductor that is known here`, {
    became: 'retry',
  });

  return 'retry';
}

function retryPolicy(definition: JsonMap, retries: number, { say }: SourcePlace): Json {
  const logic = textAt(definition, 'retryLogic') ?? 'FIXED';
  const backoff = { FIXED: 'fixed', EXPONENTIAL_BACKOFF: 'exponential', LINEAR_BACKOFF: 'linear' }[logic];
  if (backoff === undefined) {
    say.warning('retryLogic', `"${logic}" is not a retry logic that is known here`, { became: 'fixed' });
  }
  if (retries < 0 || retries >= attemptsMax) {
    say.warning('retryCount', `${retries} retries: at most ${attemptsMax - 1} are possible`, {
      became: `max_attempts: ${attemptsMax}`,
    });
  }
  const attempts = retries < 0 ? attemptsMax : Math.min(Math.floor(retries) + 1, attemptsMax);
  const scale = backoff === 'linear' ? (numberAt(definition, 'backoffScaleFactor') ?? 1) : 1;
  const firstMs = Math.min((numberAt(definition, 'retryDelaySeconds') ?? 60) * 1000 * scale, longestMs);
  const growth = { fixed: 1, linear: attempts - 1, exponential: 2 ** Math.min(attempts - 2, 40) };
  const limitMs = (numberAt(definition, 'maxRetryDelaySeconds') ?? 0) * 1000;
  const longest = Math.min(firstMs * growth[(backoff ?? 'fixed') as keyof typeof growth], longestMs);

  return {
    max_attempts: attempts,
    backoff: backoff ?? 'fixed',
    initial_delay: formatDuration(firstMs),
    // Ours ends at a minute unless it is told otherwise.
    max_delay: formatDuration(limitMs > 0 ? limitMs : Math.max(longest, firstMs)),
  };
}

function seconds(definition: JsonMap, key: string): string | undefined {
  const value = numberAt(definition, key) ?? 0;

  return value > 0 ? formatDuration(Math.min(value * 1000, longestMs)) : undefined;
}

const understood = new Set(
  (
    'name description retryCount retryLogic retryDelaySeconds backoffScaleFactor maxRetryDelaySeconds timeoutSeconds ' +
    'timeoutPolicy responseTimeoutSeconds pollTimeoutSeconds totalTimeoutSeconds inputTemplate ' +
    // Bookkeeping of Conductor that says nothing about how a task runs.
    'ownerApp ownerEmail createdBy updatedBy createTime updateTime present accessPolicy baseType rateLimitFrequencyInSeconds ' +
    'enforceSchema backoffJitterMs'
  ).split(' '),
);

const reasons: Readonly<Record<string, readonly ['info' | 'warning' | 'loss', string]>> = {
  inputKeys: ['info', 'only documents which inputs a worker reads'],
  outputKeys: ['info', 'only documents which outputs a worker gives'],
  concurrentExecLimit: [
    'loss',
    'there is no limit on how many tasks of one name run at the same time over all runs',
  ],
  rateLimitPerFrequency: ['loss', 'there is no limit on how often tasks of one name start'],
  isolationGroupId: ['loss', 'tasks are not divided into isolation groups'],
  executionNameSpace: ['loss', 'tasks are not divided into execution namespaces'],
  inputSchema: ['loss', 'the input of a task is not checked against a schema'],
  outputSchema: ['loss', 'the output of a task is not checked against a schema'],
};

function reportDefinition(definition: JsonMap, { say }: SourcePlace): void {
  for (const [key, value] of Object.entries(definition)) {
    if (understood.has(key) || isUnset(value)) continue;
    const [severity, reason] = reasons[key] ?? [
      'warning',
      'a field of a task definition that is not known here',
    ];
    say[severity](`taskDefinition.${key}`, reason);
  }
  if ((numberAt(definition, 'backoffJitterMs') ?? 0) > 0) {
    say.warning(
      'taskDefinition.backoffJitterMs',
      'the delay has no random part; `jitter: full` would make all of it random',
    );
  }
}
