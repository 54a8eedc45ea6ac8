import { z } from 'zod';
import { isEventType } from '../../../events/cloud-event.ts';
import { isStationName, stationNameRule } from '../../stations/station-name.ts';
import type { AgentTurn, TaskType } from '../../task.ts';
import { input } from './input.ts';
import { agentTask, llmTask } from './model-tasks.ts';
import {
  choice,
  duration,
  dynamicDuration,
  expected,
  expression,
  filled,
  flag,
  integer,
  kindOf,
  listOf,
  mapOf,
  oneOrMany,
  strict,
  template,
  textTemplate,
} from './shapes.ts';
import { agentLevel, commonShape, output, taskRefs } from './task-common.ts';

/** Stands where a nested task may stand; nested tasks are read one by one, each by the schema of its type. */
export const nestedTask = z.unknown();

const nestedTasks = (what = 'a list of tasks') =>
  listOf(nestedTask, what).min(1, { error: 'the list of tasks is empty' });

const decisionCase = strict({
  next: taskRefs().optional().describe('The tasks that start when this case is taken.'),
  next_tasks: taskRefs().optional().describe('Second spelling of next.'),
  condition: expression().optional().describe('The case is taken only when this is true.'),
});

const defaultCase = () =>
  z
    .union([taskRefs(), strict({ next: taskRefs().optional(), next_tasks: taskRefs().optional() })], {
      error: expected('a task id or a list of them'),
    })
    .transform((value): readonly string[] => {
      // Whatever else stands in a mapping was found to be wrong already.
      const { next, next_tasks: second } = value as Exclude<typeof value, readonly string[]>;
      return Array.isArray(value) ? value : (next ?? second ?? []);
    });

const definitionName = () =>
  filled('id or id@version').regex(/^([a-z0-9][a-z0-9_-]{0,62}(@[1-9][0-9]{0,9})?|[\s\S]*\$\{[\s\S]*)$/, {
    error: 'expected id or id@version',
  });

const station = () =>
  filled('the name of a station').refine(isStationName, { error: `expected ${stationNameRule}` });

const onTimeout = () => choice(['fail', 'continue']);
const group = () => ({
  level: z
    .union([agentLevel(), textTemplate().regex(/\$\{/)], {
      error: ({ input: found }) =>
        found === undefined
          ? undefined
          : `expected L0, L1, L2, L3, found ${typeof found === 'string' ? `"${found}"` : kindOf(found)}`,
    })
    .optional()
    .describe('The least authority to decide.'),
  names: oneOrMany(filled('a name'), 'a name or a list of them').optional().describe('Who may decide.'),
});
const approvers = () =>
  strict({
    ...group(),
    exclude: oneOrMany(filled('requester or a task id'), 'requester, a task id, or a list of them')
      .optional()
      .describe('Who may not decide: requester (who started the run), or who decided the task of this id.'),
  });
const escalated = () => strict(group());

const onChange = () =>
  z.union(
    [
      filled('a task id').transform((task): { readonly task: string; readonly max?: number } => ({ task })),
      strict({
        task: filled('a task id').describe('It is done again, and all that follows from it.'),
        max: integer(1, 100).optional().describe('How often a change may be asked for. Default 10.'),
      }),
    ],
    { error: expected('a task id, or a mapping of task and max') },
  );

/** The most that an approval shows of its subject. */
const shownMax = 10;

/** One schema a type; LANGUAGE.md, Types. */
export const taskSchemas = {
  SIMPLE: strict({
    ...commonShape,
    type: z.literal('SIMPLE').optional(),
    share: flag()
      .optional()
      .describe(
        'Each skill in requires is a part of its own, for whoever offers it; the output is by skill.',
      ),
    station: station().optional().describe('The other station, whose agents carry the task out.'),
  }),
  DECISION: strict({
    ...commonShape,
    type: z.enum(['DECISION', 'SWITCH']),
    decision_param: expression().describe('The value that selects a case.'),
    decision_cases: mapOf(decisionCase, 'a mapping from value to case').describe('Value to case, in order.'),
    default: defaultCase().optional().describe('Started when no case is taken.'),
    default_case: defaultCase().optional().describe('Second spelling of default.'),
  }),
  HUMAN: strict({
    ...commonShape,
    type: z.literal('HUMAN'),
    station: station().optional().describe('The other station, whose people are asked.'),
    wait_for_approval: flag().optional().describe('Default true.'),
    approvers: approvers().optional().describe('Who may decide.'),
    form: input
      .optional()
      .describe('What an approval has to bring along, written as the input of a workflow.'),
    show: z
      .union(
        [
          listOf(filled('the name of an input, or an expression'), 'a list').min(1).max(shownMax),
          mapOf(template(), 'a mapping from name to expression'),
        ],
        { error: expected('a list of inputs and expressions, or a mapping from name to expression') },
      )
      .optional()
      .describe('What the request is about, as lists show it: inputs and expressions.'),
    on_timeout: choice(['fail', 'approve', 'reject', 'escalate']).optional().describe('Default fail.'),
    escalate_to: escalated().optional().describe('Who may decide as well, once it is escalated.'),
    escalate: listOf(
      strict({
        after: duration().describe('Since the stage before, or since it was asked for.'),
        to: escalated().describe('Who may decide as well from then on.'),
      }),
      'a list of stages, each with after and to',
    )
      .min(1, { error: 'the list of stages is empty' })
      .max(20)
      .optional()
      .describe('Who may decide as well while nobody answers, stage by stage.'),
    remind: strict({
      every: duration(),
      max: integer(1, 100).optional().describe('How many reminders. Default 3.'),
    })
      .optional()
      .describe('Tells again that it is asked for.'),
    on_reject: choice(['fail', 'continue']).optional().describe('Default fail.'),
    on_change: onChange().optional().describe('The task that is done again when somebody asks for a change.'),
    quorum: integer(1, 100).optional().describe('Agreements needed. Default 1.'),
  }),
  TRANSFORM: strict({
    ...commonShape,
    type: z.enum(['TRANSFORM', 'INLINE']),
    output: mapOf(template(), 'a mapping from name to expression').describe('Name to expression.'),
  }),
  NOOP: strict({ ...commonShape, type: z.literal('NOOP') }),
  FORK: strict({
    ...commonShape,
    type: z.literal('FORK'),
    branches: listOf(nestedTasks('a branch: a list of tasks'), 'a list of branches')
      .min(1, { error: 'no branch' })
      .optional(),
    for_each: expression().optional().describe('The list whose items are worked on.'),
    as: filled('a name')
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, { error: 'expected a name of letters, digits and _' })
      .optional()
      .describe('The name of the item in expressions. Default item.'),
    tasks: nestedTasks().optional().describe('Run for every item.'),
    task: nestedTask.optional().describe('Run for every item.'),
    workflow: definitionName().optional().describe('Started for every item: id or id@version.'),
    concurrency: integer(1, 1000).optional().describe('Items worked on at the same time. Default 100.'),
    tolerate_failures: z
      .union([integer(0), z.string().regex(/^(100|[1-9]?[0-9])%$/)], {
        error: 'expected a count or a percentage such as 10%',
      })
      .optional()
      .describe('Items or branches that may fail: a count, or a percentage such as 10%. Default 0.'),
  }),
  JOIN: strict({
    ...commonShape,
    type: z.literal('JOIN'),
    join_on: taskRefs().optional().describe('The tasks to wait for.'),
  }),
  DO_WHILE: strict({
    ...commonShape,
    type: z.literal('DO_WHILE'),
    tasks: nestedTasks().describe('The body of the loop.'),
    loop_condition: expression().optional().describe('Evaluated after each iteration.'),
    items: template().optional().describe('A list: one iteration an item.'),
    max_iterations: integer(1, 1_000_000).optional().describe('Reaching it fails the task. Default 1000.'),
    keep_last: integer(0, 10_000).optional().describe('Results kept in the output. Default 10.'),
  }),
  WAIT: strict({
    ...commonShape,
    type: z.literal('WAIT'),
    duration: dynamicDuration().optional().describe('Wait for so long: 30s, or ${expression}.'),
    until: template().optional().describe('Wait until this time in ISO 8601, with its zone.'),
    signal: filled('a signal name')
      .optional()
      .describe('Wait for this signal. With a time: for what comes first.'),
    match: expression().optional().describe('Which signal is meant; it reads signal.data.'),
    on_timeout: onTimeout().optional().describe('Default fail.'),
  }),
  SUB_WORKFLOW: strict({
    ...commonShape,
    type: z.literal('SUB_WORKFLOW'),
    workflow: definitionName().describe('The definition to start: id or id@version.'),
    on_parent_close: choice(['cancel', 'abandon']).optional().describe('Default cancel.'),
    wait: flag().optional().describe('false: only start it. Default true.'),
    station: station().optional().describe('The other station that it is started on, by a definition there.'),
  }),
  EVENT: strict({
    ...commonShape,
    type: z.literal('EVENT'),
    event: strict({
      type: filled('an event type')
        .refine(isEventType, {
          error: 'expected words of letters, digits, _ and -, joined by dots, such as order.paid',
        })
        .describe('Such as order.paid. It becomes part of a subject, so it holds no expression.'),
      subject: textTemplate().optional().describe('What the event is about.'),
      data: template().optional().describe('What the event tells.'),
    }).describe('The CloudEvent to publish.'),
  }),
  HTTP: strict({
    ...commonShape,
    type: z.literal('HTTP'),
    request: strict({
      method: choice(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
        .optional()
        .describe('Default GET.'),
      url: textTemplate('a URL').refine((url) => /^(https?:\/\/|\$\{)/i.test(url), {
        error: 'expected an http or https URL',
      }),
      headers: mapOf(textTemplate(), 'a mapping of headers').optional(),
      body: template().optional(),
      timeout: duration().optional(),
      idempotency_key: choice(['task', 'attempt'])
        .optional()
        .describe('What the header Idempotency-Key stands for: all attempts of the task (default), or one.'),
    }).describe('The request to send.'),
    expect: strict({
      status: oneOrMany(integer(100, 599), 'a status or a list of them').optional(),
    })
      .optional()
      .describe('Which answers are a success.'),
  }),
  SET_VARIABLE: strict({
    ...commonShape,
    type: z.literal('SET_VARIABLE'),
    variables: mapOf(template(), 'a mapping from name to expression').describe('Name to expression.'),
  }),
  TERMINATE: strict({
    ...commonShape,
    type: z.literal('TERMINATE'),
    status: choice(['COMPLETED', 'FAILED', 'TERMINATED']).describe(
      'How the run ends. TERMINATED: stopped on purpose, which is no failure.',
    ),
    scope: choice(['run', 'body', 'loop'])
      .optional()
      .describe(
        'body: ends the branch, item or iteration that it is in; loop: the DO_WHILE as well. Default run.',
      ),
    error_code: filled('an error code')
      .optional()
      .describe('The code of the error of FAILED and TERMINATED.'),
    reason: textTemplate().optional(),
    output: output().optional(),
  }),
  LLM: llmTask,
  AGENT: agentTask,
} as const satisfies Record<TextType, z.ZodType>;

/** A type that a task is written with: those of tasks, and those that are made of these. */
export type TextType = TaskType | 'LLM' | 'AGENT';

type TextOf<Type extends TextType> = z.output<(typeof taskSchemas)[Type]> &
  // Only an AGENT makes one.
  (Type extends 'LLM' ? { readonly turn?: AgentTurn } : unknown);

/** A parsed task, before it is brought into its canonical form. An AGENT is read as the loop that it is. */
export type TaskText = {
  [Type in Exclude<TextType, 'AGENT'>]: { readonly kind: Type; readonly value: TextOf<Type> };
}[Exclude<TextType, 'AGENT'>];

export const typeSpellings: Readonly<Record<string, TextType>> = {
  ...(Object.fromEntries(Object.keys(taskSchemas).map((type) => [type, type])) as Record<TextType, TextType>),
  SWITCH: 'DECISION',
  INLINE: 'TRANSFORM',
};
