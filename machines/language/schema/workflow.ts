import { z } from 'zod';
import { stratosLevels } from '../../stratos.ts';
import { input } from './input.ts';
import { budget } from './model-tasks.ts';
import { retention } from './retention.ts';
import {
  choice,
  duration,
  expected,
  expression,
  filled,
  flag,
  id,
  integer,
  listOf,
  mapOf,
  share,
  strict,
  template,
  text,
  textTemplate,
} from './shapes.ts';
import { commonShape, output } from './task-common.ts';
import { nestedTask, taskSchemas } from './task-types.ts';

const failureWorkflow = z.union(
  [
    filled('a definition id'),
    strict({
      id: id().describe('The definition to start, or the name of the inline one.'),
      steps: listOf(z.union([z.string(), nestedTask]), 'a list of task names or tasks')
        .min(1, { error: 'the list of steps is empty' })
        .optional()
        .describe('Task names or tasks, one after another.'),
    }),
  ],
  { error: 'expected a definition id, or a mapping with id and steps' },
);

// Which zones exist depends on the machine; what one looks like does not.
const zone = text('a time zone').refine(
  (name) => /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name),
  {
    error: 'expected a time zone such as Europe/Berlin or UTC',
  },
);

const triggerId = id().optional().describe('Its name among the triggers, and in the record of executions.');

const whenFull = ['queue', 'refuse', 'cancel_oldest', 'cancel_newest'] as const;

const rateLimit = strict({
  limit: integer(1, 10_000).describe('So many runs.'),
  per: duration().describe('Within this time.'),
});

const holdKey = filled('an expression').optional().describe('Events with the same key count together.');

const throttle = strict({
  limit: integer(1, 10_000).describe('So many runs.'),
  per: duration().describe('Within this time.'),
  key: holdKey,
});

const debounce = strict({
  for: duration().describe('So long no other event may come.'),
  at_most: duration().optional().describe('The longest that events wait.'),
  key: holdKey,
});

const batch = strict({
  size: integer(1, 1_000).describe('So many events start a run.'),
  within: duration().describe('The longest that the first of them waits.'),
  key: holdKey,
});

const trigger = z.union(
  [
    strict({
      id: triggerId,
      on: filled('an event type').describe('The type of event that starts a run.'),
      when: expression().optional().describe('Only events for which this is true.'),
      input: template().optional().describe('The input of the run.'),
      dedupe_key: filled('an expression').optional().describe('Events with the same key start one run.'),
      rate_limit: rateLimit
        .optional()
        .describe(
          'Runs it starts in a time. Default: 60 in 1m of events that came through more than 4 runs.',
        ),
      throttle: throttle.optional().describe('Runs it starts in a time; events over that wait.'),
      debounce: debounce.optional().describe('The last of events that follow each other starts a run.'),
      batch: batch.optional().describe('Several events start one run.'),
    }),
    strict({
      id: triggerId,
      cron: filled('a cron expression').refine((value) => /^(\S+\s+){4,5}\S+$|^@\w+$/.test(value.trim()), {
        error: 'expected five fields such as 0 9 * * 1',
      }),
      timezone: zone.optional().describe('Default UTC.'),
      overlap: choice(['skip', 'buffer', 'allow'])
        .optional()
        .describe('When the run before is still going. Default skip.'),
      catchup: duration().optional().describe('How far back missed times are made up for. Default 1h.'),
      input: template().optional().describe('The input of the run.'),
    }),
    strict({
      id: triggerId,
      file: filled('a glob').describe('Files that start a run when they appear.'),
      input: template().optional().describe('The input of the run.'),
    }),
  ],
  { error: 'expected a mapping with on, cron or file' },
);

const cancelEvent = strict({
  event: filled('an event type').describe('The type of event that cancels a run.'),
  when: expression().optional().describe('Only events for which this is true.'),
});

const cancelOn = z.union(
  [
    filled('an event type'),
    cancelEvent,
    listOf(cancelEvent, 'a list of events')
      .max(20, { error: 'more than 20 events' })
      .min(1, { error: 'the list of events is empty' }),
  ],
  {
    error: 'expected an event type, a mapping with event and when, or a list of such mappings',
  },
);

const values = (what: string) => mapOf(listOf(template(), 'a list of values'), what);

const examples = strict({
  input: listOf(mapOf(template(), 'a mapping from input to value'), 'a list of inputs')
    .optional()
    .describe('Inputs of runs.'),
  results: values('a mapping from task to results').optional().describe('What tasks may give, by their ids.'),
  signals: values('a mapping from signal to data').optional().describe('What may come with signals.'),
  answers: values('a mapping from task to data').optional().describe('What approvals may bring along.'),
});

/** As the seeds number them, and by what the levels are called. */
const stratosNumbers = ['STRATOS-1', 'STRATOS-2', 'STRATOS-3'] as const;
const stratosText = 'strategic, tactical or operational (STRATOS-1, -2 or -3)';
const stratos = () =>
  z
    .enum([...stratosLevels, ...stratosNumbers], {
      error: (issue) =>
        issue.input === 'STRATOS-4'
          ? `expected ${stratosText}; what is of STRATOS-4 is done directly, without a workflow`
          : expected(stratosText)(issue),
    })
    .transform(
      (named) =>
        stratosLevels.find((level, index) => level === named || stratosNumbers[index] === named) ?? named,
    );

const metrics = ['execution_time', 'task_success_rate', 'retry_count'] as const;

/** The value of the `workflow:` key. Tasks are read one by one afterwards. */
export const workflow = strict({
  id: id().describe('The name of the definition.'),
  name: text().optional().describe('For people.'),
  description: text().optional().describe('For people.'),
  key: textTemplate('a text such as ${workflow.input.order}')
    .optional()
    .describe('What a run is called in the business, such as the number of an order.'),
  labels: mapOf(text(), 'a mapping from label to text')
    .optional()
    .describe('For search. May hold expressions of the input of a run.'),
  version: integer(1).describe('Raised with every change.'),
  stratos: stratos().optional().describe('How far it reaches: who may start, approve and change it.'),
  input: input.optional().describe('The inputs of a run.'),
  output: output().optional().describe('Names of task outputs, or a mapping from name to expression.'),
  variables: mapOf(template(), 'a mapping from name to value').optional().describe('Initial values.'),
  timeout: duration().optional().describe('For the whole run.'),
  timeout_policy: choice(['fail', 'alert']).optional().describe('Default fail: the run ends TIMED_OUT.'),
  tasks: listOf(nestedTask, 'a list of tasks').min(1, {
    error: 'there is no task; a workflow has at least one',
  }),
  failure_workflow: failureWorkflow.optional().describe('Started after a run failed.'),
  triggers: listOf(trigger, 'a list of triggers').optional().describe('What starts runs.'),
  examples: examples.optional().describe('Values that tests of the definition try first. Runs ignore them.'),
  monitoring: strict({
    report_frequency: choice(['per_task', 'per_run']).optional().describe('Default per_task.'),
    log_to: filled('a path').optional().describe('Default .3ox/workflow.execution.log.'),
    metrics: listOf(choice(metrics), 'a list of metrics').optional().describe('Default all.'),
    thresholds: strict({
      execution_time: duration().optional().describe('A run may take so long.'),
      task_success_rate: share().optional().describe('The least share of its tasks that complete, 0 to 1.'),
      retry_count: integer(0).optional().describe('A run may begin so many attempts anew.'),
    })
      .optional()
      .describe('What is told as an alert when a run passes it.'),
  })
    .optional()
    .describe('What is reported and where.'),
  concurrency: strict({
    max: integer(1, 100_000).optional().describe('So many runs with the same key at a time.'),
    limit: integer(1, 100_000).optional().describe('Another spelling of max.'),
    key: expression().optional().describe('Runs with the same key count together.'),
    when_full: choice(whenFull).optional().describe('Default queue.'),
    on_limit: choice(whenFull).optional().describe('Another spelling of when_full.'),
  })
    .optional()
    .describe('How many runs at the same time.'),
  fairness: strict({ key: expression().describe('Whose the run is, such as its tenant.') })
    .optional()
    .describe('Runs with different keys take turns at agents.'),
  payloads: choice(['sealed', 'open'])
    .optional()
    .describe('sealed: every value of a run is recorded sealed, and can be erased. Default open.'),
  erasure_key: textTemplate('a text such as ${workflow.input.customer}')
    .optional()
    .describe('Whose the sealed values are, such as a customer; by default those of the run itself.'),
  cancel_on: cancelOn.optional().describe('Events that cancel a run while it is under way.'),
  retention: retention.optional().describe('How long runs stay in the journal after their end.'),
  budget: budget.optional().describe('The most that a run may ask of models, with the runs that it starts.'),
  expose: strict({ mcp: flag().optional().describe('It is a tool of the MCP server. Default false.') })
    .optional()
    .describe('What programs outside find it by.'),
});

export type WorkflowText = z.output<typeof workflow>;

const onFailure = () => choice(['stop', 'continue']).optional();
const called = taskSchemas.SUB_WORKFLOW.shape.workflow;

/** An item of a workset. */
export const worksetItem = strict({
  id: commonShape.id.describe('Unique in the workset.'),
  name: commonShape.name,
  description: commonShape.description,
  workflow: called,
  input: commonShape.input,
  depends_on: commonShape.depends_on.describe('Items that must have completed.'),
  when: commonShape.when.describe('False: the item is skipped, and those that depend on it.'),
  on_failure: onFailure().describe('stop: the workset fails with it. In place of that of the workset.'),
  timeout: commonShape.timeout,
  retry_policy: commonShape.retry_policy,
});

/** What a workset has in place of items where it is of a station; all but the first two are reported. */
export const worksetDefinition = strict({
  definition: called,
  input: commonShape.input,
  ...Object.fromEntries(
    ['instance_id', 'state', 'current_task', 'progress'].map((key) => [
      key,
      z.unknown().optional().describe('Reported by the station, and not read.'),
    ]),
  ),
});

/** The value of the `workset:` key. It is checked as the definition that it becomes. */
export const workset = strict({
  id: workflow.shape.id.describe('The name of the workset, unique among definitions.'),
  name: workflow.shape.name,
  goal: text().optional().describe('For people: what it is for.'),
  version: workflow.shape.version.optional().describe('Raised with every change. Default 1.'),
  owner: text().optional().describe('For people: whose it is.'),
  key: workflow.shape.key,
  labels: workflow.shape.labels,
  input: workflow.shape.input.describe('What it is started with.'),
  timeout: workflow.shape.timeout,
  concurrency: workflow.shape.concurrency,
  triggers: workflow.shape.triggers,
  stratos: workflow.shape.stratos,
  retention: workflow.shape.retention,
  expose: workflow.shape.expose,
  on_failure: onFailure().describe('For items that do not say it themselves. Default stop.'),
  items: listOf(worksetItem, 'a list of items').optional().describe('Definitions that are started.'),
  workflow: worksetDefinition.optional().describe('One definition, in place of items.'),
});
