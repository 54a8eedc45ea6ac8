import type { z } from 'zod';
import type { Performer, RetryPolicy, RunCommand, TaskCommon } from '../../task.ts';
import { type Defined, defined } from '../defined.ts';
import { bareExpression } from '../references/expression-sites.ts';
import type { taskSchemas } from '../schema/task-types.ts';

type CommonText = Omit<z.output<typeof taskSchemas.SIMPLE>, 'type'>;

/** Fills in what a task does not say and folds second spellings into first ones. */
export function normaliseCommon(text: CommonText, dependsOn: readonly string[]): TaskCommon {
  return defined({
    id: text.id,
    name: text.name,
    description: text.description,
    dependsOn,
    join: text.join ?? 'all',
    when: bareExpression(text.when),
    input: text.input,
    output: normaliseOutput(text.output),
    outputTo: text.output_to,
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
  return {
    maxAttempts: text.max_attempts ?? 1,
    backoff: text.backoff ?? text.backoff_strategy ?? 'exponential',
    initialDelayMs: text.initial_delay ?? 1_000,
    maxDelayMs: text.max_delay ?? 60_000,
    multiplier: text.multiplier ?? 2,
    jitter: text.jitter ?? 'none',
    nonRetryable: text.non_retryable ?? [],
    onExhausted: text.on_exhausted ?? 'fail',
  };
}

function normalisePerformer(text: CommonText): Performer {
  if (text.run !== undefined) return { kind: 'run', run: normaliseRun(text.run) };
  if (text.uses !== undefined) return { kind: 'uses', action: text.uses };
  if (text.assigned_to !== undefined) return { kind: 'agent', agent: text.assigned_to };
  // Whoever offers a skill named like the task does it, when the task says nothing about it.
  return { kind: 'skills', skills: text.requires ?? [text.id] };
}

/** The canonical form of a command. */
export function normaliseRun(text: NonNullable<CommonText['run']>): Defined<RunCommand> {
  return defined({
    command: typeof text.command === 'string' ? [text.command] : text.command,
    stdin: text.stdin,
    env: text.env ?? {},
    cwd: text.cwd,
    timeoutMs: text.timeout,
    shell: text.shell,
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
