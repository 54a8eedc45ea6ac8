import type { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import { onlySentKeys, sentTask } from '../../stations/sent-task.ts';
import type {
  Approvers,
  DecisionCase,
  DecisionTask,
  ForkTask,
  HttpTask,
  HumanTask,
  Performer,
  RetryPolicy,
  RunCommand,
  Task,
  TaskCommon,
} from '../../task.ts';
import { type Defined, defined } from '../defined.ts';
import type { Arrangement } from '../graph/arrange.ts';
import type { ParsedTask } from '../outline.ts';
import { bareExpression, shownTemplate } from '../references/expression-sites.ts';
import type { TaskText, taskSchemas } from '../schema/task-types.ts';
import { normaliseModelTask } from './model-task.ts';

type TextOf<Kind extends TaskText['kind']> = Extract<TaskText, { kind: Kind }>['value'];

/** The canonical form of a task. `nested` are the canonical tasks of the lists inside it, in their order. */
export function normaliseTask(
  task: ParsedTask,
  arrangement: Arrangement,
  nested: readonly (readonly Task[])[],
): Task {
  const { text } = task;
  const dependsOn = arrangement.dependsOn(task);
  if ((text.kind === 'SIMPLE' || text.kind === 'HUMAN') && text.value.station !== undefined)
    return normaliseSent(task, text.value, { station: text.value.station, dependsOn });
  const common = normaliseCommon(text.value, dependsOn);
  switch (text.kind) {
    case 'SIMPLE':
    case 'TRANSFORM':
    case 'NOOP':
      return { ...common, type: text.kind };
    case 'DECISION':
      return normaliseDecision(common, text.value, arrangement);
    case 'HUMAN':
      return normaliseHuman(common, text.value);
    case 'FORK':
      return normaliseFork(common, text.value, nested);
    case 'HTTP':
      return normaliseHttp(common, text.value);
    case 'LLM':
      return normaliseModelTask(common, text.value);
    default:
      return normaliseOther(common, text, nested);
  }
}

/** A task that another station carries out is a run there; what is its business alone is left out here. */
function normaliseSent(
  { raw }: ParsedTask,
  value: CommonText,
  { station, dependsOn }: { readonly station: string; readonly dependsOn: readonly string[] },
): Task {
  const kept = Object.entries(value).filter(([key]) => !onlySentKeys.includes(key));
  const common = normaliseCommon(Object.fromEntries(kept) as CommonText, dependsOn);
  const run = {
    workflow: common.id,
    onParentClose: 'cancel',
    wait: true,
    station,
    sent: sentTask(raw),
  } as const;

  return { ...common, type: 'SUB_WORKFLOW', ...run };
}

/** A task that a decision names and nobody listed. */
export function impliedTask(id: string): Task {
  return { ...normaliseCommon({ id }, []), type: 'SIMPLE' };
}

type OtherText = Exclude<
  TaskText,
  { kind: 'SIMPLE' | 'TRANSFORM' | 'NOOP' | 'DECISION' | 'HUMAN' | 'FORK' | 'HTTP' | 'LLM' }
>;

function normaliseOther(common: TaskCommon, text: OtherText, nested: readonly (readonly Task[])[]): Task {
  switch (text.kind) {
    case 'JOIN':
      return { ...common, type: 'JOIN', joinOn: text.value.join_on ?? common.dependsOn };
    case 'DO_WHILE':
      return normaliseLoop(common, text.value, nested[0] ?? []);
    case 'WAIT': {
      const { duration: durationMs, until, signal, on_timeout: onTimeout = 'fail' } = text.value;
      const match = bareExpression(text.value.match);
      return defined({ ...common, type: 'WAIT' as const, durationMs, until, signal, match, onTimeout });
    }
    case 'SUB_WORKFLOW': {
      const { workflow, on_parent_close: onParentClose = 'cancel', wait = true, station } = text.value;
      return defined({ ...common, type: 'SUB_WORKFLOW' as const, workflow, onParentClose, wait, station });
    }
    case 'EVENT':
      return { ...common, type: 'EVENT', event: defined(text.value.event) };
    case 'SET_VARIABLE':
      return { ...common, type: 'SET_VARIABLE', variables: text.value.variables };
    case 'TERMINATE': {
      const { status, scope, error_code: errorCode, reason } = text.value;
      const breaks = scope === 'loop' ? { breaks: true as const } : {};
      const ofBody = scope === 'body' || scope === 'loop' ? { scope: 'body' as const, ...breaks } : {};
      return defined({ ...common, type: 'TERMINATE' as const, status, ...ofBody, errorCode, reason });
    }
  }
}

/** A loop that a task of its body may break needs nothing else that ends it. */
function normaliseLoop(common: TaskCommon, text: TextOf<'DO_WHILE'>, tasks: readonly Task[]): Task {
  const {
    loop_condition: condition,
    items,
    max_iterations: maxIterations = 1000,
    keep_last: keepLast = 10,
  } = text;
  const isBroken = tasks.some((task) => task.type === 'TERMINATE' && task.breaks === true);
  const isEndless = condition === undefined && items === undefined && isBroken;
  const loopCondition = isEndless ? 'true' : bareExpression(condition);

  return defined({
    ...common,
    type: 'DO_WHILE' as const,
    tasks,
    loopCondition,
    items,
    maxIterations,
    keepLast,
  });
}

function normaliseDecision(
  common: TaskCommon,
  text: TextOf<'DECISION'>,
  { alongside }: Arrangement,
): DecisionTask {
  const cases = Object.entries(text.decision_cases).map(
    ([value, each]): DecisionCase =>
      defined({
        value,
        condition: bareExpression(each.condition),
        next: alongside(each.next ?? each.next_tasks ?? []),
      }),
  );
  const defaultNext = text.default ?? text.default_case;

  return defined({
    ...common,
    type: 'DECISION' as const,
    param: bareExpression(text.decision_param),
    cases,
    defaultNext: defaultNext === undefined ? undefined : alongside(defaultNext),
  });
}

/** How many reminders are sent, where the definition does not say. */
const remindersMax = 3;

/** How often a change may be asked for, where the definition does not say. */
const changesMax = 10;

function normaliseHuman(common: TaskCommon, text: TextOf<'HUMAN'>): HumanTask {
  const approvers = (given: TextOf<'HUMAN'>['approvers'] | TextOf<'HUMAN'>['escalate_to']) =>
    given === undefined
      ? undefined
      : // One that is made of an expression is a level once that was evaluated: see withNames.
        defined({
          level: given.level as Approvers['level'],
          names: given.names ?? [],
          exclude: 'exclude' in given ? given.exclude : undefined,
        });

  return defined({
    ...common,
    type: 'HUMAN' as const,
    waitForApproval: text.wait_for_approval ?? true,
    approvers: approvers(text.approvers),
    form: text.form as Json | undefined,
    show: text.show === undefined ? undefined : shownTemplates(text.show),
    onTimeout: text.on_timeout ?? 'fail',
    escalateTo: approvers(text.escalate_to),
    escalate: text.escalate?.map(({ after, to }) => ({ afterMs: after, to: approvers(to) ?? { names: [] } })),
    remind:
      text.remind === undefined
        ? undefined
        : { everyMs: text.remind.every, max: text.remind.max ?? remindersMax },
    onReject: text.on_reject ?? 'fail',
    onChange:
      text.on_change === undefined
        ? undefined
        : { task: text.on_change.task, max: text.on_change.max ?? changesMax },
    quorum: text.quorum ?? 1,
  });
}

function shownTemplates(show: NonNullable<TextOf<'HUMAN'>['show']>): HumanTask['show'] {
  return Array.isArray(show)
    ? Object.fromEntries(show.map((each: string) => [bareExpression(each), shownTemplate(each)]))
    : (show as NonNullable<HumanTask['show']>);
}

function normaliseFork(
  common: TaskCommon,
  text: TextOf<'FORK'>,
  nested: readonly (readonly Task[])[],
): ForkTask {
  const branches = text.branches === undefined ? undefined : nested.slice(0, text.branches.length);
  const tasks = nested[text.branches?.length ?? 0];
  const body = text.workflow === undefined ? tasks && { tasks } : { workflow: text.workflow };

  return defined({
    ...common,
    type: 'FORK' as const,
    branches,
    forEach: bareExpression(text.for_each),
    as: text.for_each === undefined ? undefined : (text.as ?? 'item'),
    body,
    concurrency: text.concurrency,
    tolerateFailures: text.tolerate_failures,
  });
}

function normaliseHttp(common: TaskCommon, { request, expect }: TextOf<'HTTP'>): HttpTask {
  return defined({
    ...common,
    type: 'HTTP' as const,
    request: defined({
      method: request.method ?? 'GET',
      url: request.url,
      headers: request.headers ?? {},
      body: request.body,
      timeoutMs: request.timeout,
      idempotencyKey: request.idempotency_key === 'attempt' ? ('attempt' as const) : undefined,
    }),
    expectStatus: expect?.status,
  });
}

type CommonText = Omit<z.output<typeof taskSchemas.SIMPLE>, 'type'>;

/** Fills in what a task does not say and folds second spellings into first ones. */
function normaliseCommon(text: CommonText, dependsOn: readonly string[]): TaskCommon {
  return defined({
    id: text.id,
    name: text.name,
    description: text.description,
    dependsOn,
    join: text.join ?? 'all',
    ...(text.cancel_rest === true ? { cancelRest: true as const } : {}),
    when: bareExpression(text.when),
    input: text.input,
    output: normaliseOutput(text.output),
    returns: text.receipt?.schema ?? text.returns,
    outputTo: text.receipt?.to ?? text.output_to,
    receipt: text.receipt === undefined ? undefined : (true as const),
    retry: normaliseRetry(text.retry_policy),
    timeoutMs: text.timeout,
    queueTimeoutMs: text.queue_timeout,
    totalTimeoutMs: text.total_timeout,
    heartbeatTimeoutMs: text.heartbeat_timeout,
    timeoutPolicy: text.timeout_policy ?? 'retry',
    fallback: text.fallback ?? [],
    optional: text.optional ?? false,
    catch: text.catch ?? [],
    compensate: text.compensate,
    performer: normalisePerformer(text),
    agentLevel: text.agent_level,
    priority: text.priority ?? 5,
    pii: text.pii === true ? (true as const) : undefined,
    circuitBreaker: normaliseBreaker(text.circuit_breaker),
  });
}

/** A list of names, or a map. */
export function normaliseOutput(output: CommonText['output']): TaskCommon['output'] {
  if (output === undefined) return undefined;

  return Array.isArray(output)
    ? { kind: 'names', names: output }
    : { kind: 'map', map: output as Exclude<typeof output, readonly string[]> };
}

function normaliseRetry(text: CommonText['retry_policy'] = {}): RetryPolicy {
  return defined({
    maxAttempts: text.max_attempts ?? 1,
    backoff: text.backoff ?? text.backoff_strategy ?? 'exponential',
    initialDelayMs: text.initial_delay ?? 1_000,
    maxDelayMs: text.max_delay ?? 60_000,
    multiplier: text.multiplier ?? 2,
    jitter: text.jitter ?? 'none',
    nonRetryable: text.non_retryable ?? [],
    onExhausted: text.on_exhausted ?? ('fail' as const),
    rules: text.rules?.map((rule) =>
      defined({
        codes: rule.codes,
        maxAttempts: rule.max_attempts,
        delayMs: rule.delay,
        backoff: rule.backoff,
      }),
    ),
  });
}

function normalisePerformer(text: CommonText): Performer {
  if (typeof text.run === 'string')
    return { kind: 'run', run: normaliseRun({ command: text.run, shell: 'sh' }) };
  if (text.run !== undefined) return { kind: 'run', run: normaliseRun(text.run) };
  if (text.uses !== undefined) return { kind: 'uses', action: text.uses };
  if (text.assigned_to !== undefined) return { kind: 'agent', agent: text.assigned_to };
  // Whoever offers a skill named like the task does it, when the task says nothing about it.
  return { kind: 'skills', skills: text.requires ?? [text.id] };
}

/** The canonical form of a command. */
export function normaliseRun(text: Exclude<CommonText['run'], string | undefined>): Defined<RunCommand> {
  return defined({
    command: typeof text.command === 'string' ? [text.command] : text.command,
    stdin: text.stdin,
    env: text.env ?? {},
    cwd: text.cwd,
    timeoutMs: text.timeout,
    shell: text.shell,
    errors: text.errors,
    raises: text.raises,
  });
}

function normaliseBreaker(text: CommonText['circuit_breaker']): TaskCommon['circuitBreaker'] {
  if (text === undefined) return undefined;

  return {
    failures: text.failures,
    windowMs: text.window,
    openForMs: text.open_for,
    halfOpen: text.half_open ?? 1,
  };
}
