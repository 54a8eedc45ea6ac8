import { z } from 'zod';
import { agentNameRule, isAgentName } from '../../agents/agent-name.ts';
import { isDynamic } from '../../task-names.ts';
import { returns } from './input.ts';
import {
  choice,
  duration,
  dynamicDuration,
  expression,
  filled,
  flag,
  id,
  integer,
  listOf,
  mapOf,
  oneOrMany,
  strict,
  template,
  text,
  textTemplate,
} from './shapes.ts';

/** Nobody is talked into more authority than was meant. */
export const agentLevel = () => choice(['L0', 'L1', 'L2', 'L3'], { guess: false });
export const taskRefs = () => oneOrMany(filled('a task id'), 'a task id or a list of them');

const retryRule = strict({
  codes: oneOrMany(filled('an error code'), 'an error code or a list of them').describe(
    'Error codes, or * for all.',
  ),
  max_attempts: integer(1, 1000)
    .optional()
    .describe('Attempts at the task in all. 1: these errors fail at once.'),
  delay: duration({ zero: true }).optional().describe('In place of initial_delay.'),
  backoff: choice(['fixed', 'linear', 'exponential']).optional().describe('How the delay grows.'),
});

const retryPolicy = strict(
  {
    max_attempts: integer(1, 1000).optional().describe('Attempts in all; 1 is no retry. Default 1.'),
    backoff: choice(['fixed', 'linear', 'exponential'])
      .optional()
      .describe('How the delay grows. Default exponential.'),
    backoff_strategy: choice(['fixed', 'linear', 'exponential'])
      .optional()
      .describe('Second spelling of backoff.'),
    initial_delay: dynamicDuration({ zero: true })
      .optional()
      .describe('Delay before the second attempt. Default 1s.'),
    max_delay: dynamicDuration({ zero: true })
      .optional()
      .describe('The delay never grows beyond this. Default 60s.'),
    multiplier: z
      .number({ error: 'expected a number of at least 1' })
      .min(1, { error: 'expected a number of at least 1' })
      .max(100, { error: 'expected a number of at most 100' })
      .optional()
      .describe('Growth of an exponential delay. Default 2.'),
    jitter: choice(['none', 'full']).optional().describe('full: a random part of the delay. Default none.'),
    non_retryable: listOf(filled('an error code'), 'a list of error codes')
      .optional()
      .describe('Error codes that fail at once.'),
    rules: listOf(retryRule, 'a list of rules')
      .optional()
      .describe('What differs after some errors: the first rule that names the code counts.'),
    on_exhausted: choice(['fail', 'pause']).optional().describe('After the last attempt. Default fail.'),
  },
  '{max_attempts: 3}',
);

export const runCommand = strict({
  command: z
    .union(
      [listOf(textTemplate(), 'a list').min(1, { error: 'the command is empty' }), textTemplate('a command')],
      {
        error: 'expected a list such as [git, status]',
      },
    )
    .describe('Program and arguments. One text only together with shell.'),
  stdin: template().optional().describe('Written to standard input, as JSON unless it is text.'),
  env: mapOf(text(), 'a mapping of variables').optional().describe('Environment variables.'),
  cwd: textTemplate().optional().describe('Working directory, inside the project.'),
  timeout: duration().optional().describe('The process is ended after this.'),
  shell: choice(['sh', 'bash', 'pwsh']).optional().describe('Run the command by this shell.'),
  errors: mapOf(filled('an error code'), 'a mapping from exit code to error code')
    .refine(
      (errors) => Object.keys(errors).every((code) => /^[1-9][0-9]{0,2}$/.test(code) && Number(code) < 256),
      {
        error: 'expected exit codes from 1 to 255, such as {3: card.declined}',
      },
    )
    .optional()
    .describe('What exit codes stand for: an error code for each, in place of command.exit.'),
  raises: listOf(filled('an error code'), 'a list of error codes')
    .optional()
    .describe('Error codes that the command names on file descriptor 3.'),
});

const catchEntry = strict({
  errors: oneOrMany(filled('an error code'), 'an error code or a list of them').describe(
    'Error codes, or * for all.',
  ),
  next: filled('a task id').describe('The task that goes on after these errors.'),
});

const circuitBreaker = strict({
  failures: integer(1, 100_000).describe('Failures within the window that open the breaker.'),
  window: duration().describe('The time in which failures count.'),
  open_for: duration().describe('How long the breaker stays open.'),
  half_open: integer(1, 1000).optional().describe('Attempts let through to try again. Default 1.'),
});

/** `names` the result must hold, or a map that reshapes it. */
export const output = () =>
  z.union([listOf(filled('a name'), 'a list of names'), mapOf(template(), 'a mapping')], {
    error: 'expected a list of names, or a mapping from name to expression',
  });

const receipt = strict({
  schema: returns({ named: true }).describe(
    'What the receipt must be like: a JSON Schema file of the project, or the schema.',
  ),
  to: textTemplate('a path').describe('The file, YAML or JSON by the extension.'),
});

/** The keys that every task has (LANGUAGE.md, Every task). */
export const commonShape = {
  id: id().describe('Unique in the whole definition.'),
  name: text().optional().describe('For people.'),
  description: text().optional().describe('For people.'),
  depends_on: taskRefs().optional().describe('Tasks that must be settled first.'),
  parallel_with: taskRefs()
    .optional()
    .describe('Takes the dependencies of these tasks, so that they start together.'),
  join: z
    .union([choice(['all', 'any', 'all_done']), integer(1, 10_000)], {
      error: 'expected all, any, all_done or a count',
    })
    .optional()
    .describe('When the dependencies let it start: all (default), any, all_done, or how many completed.'),
  cancel_rest: flag()
    .optional()
    .describe('With join any or a count: once enough completed, the others are cancelled.'),
  when: expression().optional().describe('False: the task is skipped.'),
  input: template().optional().describe('Any value; strings may hold ${expression}.'),
  output: output().optional().describe('Names the result must hold, or a mapping that reshapes it.'),
  returns: returns()
    .optional()
    .describe('What the result must be like: {sum: number}, or JSON Schema. In place of output.'),
  output_to: textTemplate('a path')
    .optional()
    .describe('Also write the output here, as YAML or JSON by the extension.'),
  receipt: receipt.optional().describe('Keeps the result as a receipt that can be verified.'),
  retry_policy: retryPolicy.optional().describe('How failed attempts are repeated.'),
  timeout: dynamicDuration().optional().describe('For one attempt: 30s, 2m, 1h30m, or ${expression}.'),
  queue_timeout: dynamicDuration().optional().describe('From scheduled to started.'),
  total_timeout: dynamicDuration().optional().describe('Over all attempts.'),
  heartbeat_timeout: dynamicDuration()
    .optional()
    .describe('Without a sign of life for this long, an attempt has timed out.'),
  timeout_policy: choice(['retry', 'fail', 'alert'])
    .optional()
    .describe('What a time-out does. Default retry.'),
  fallback: taskRefs().optional().describe('Started when this task finally fails; the result stands in.'),
  optional: flag().optional().describe('A final failure lets the run go on.'),
  catch: listOf(catchEntry, 'a list').optional().describe('Routes by error code.'),
  compensate: filled('a task id').optional().describe('The task that undoes this one.'),
  run: z
    .union([filled('a command line'), runCommand], {
      error: 'expected a command line such as npm test, or a mapping with command',
    })
    .optional()
    .describe('A command carries the task out. A text is a line for sh.'),
  uses: filled('an action name').optional().describe('A built-in action carries the task out.'),
  assigned_to: filled('an agent name')
    .refine((name) => isDynamic(name) || isAgentName(name), {
      error: `expected an agent name of ${agentNameRule}`,
    })
    .optional()
    .describe('This agent carries the task out.'),
  requires: oneOrMany(filled('a skill name'), 'a skill or a list of them')
    .optional()
    .describe('An agent with these skills carries the task out.'),
  agent_level: agentLevel().optional().describe('The least authority an agent needs.'),
  priority: integer(0, 9).optional().describe('9 first. Default 5.'),
  pii: flag().optional().describe('What it gives is about a person: recorded sealed, and can be erased.'),
  circuit_breaker: circuitBreaker.optional().describe('Stops attempts while too many fail.'),
};
