import { z } from 'zod';
import { JsonObject, JsonValue } from './canonical-json.ts';
import { RunStatus } from './record.ts';
import { DefinitionRef, TriggerRef } from './run-events.ts';

const omitted = (what: string) =>
  z.literal(true).optional().describe(`${what} is larger than an event holds.`);

/** What every event says of its run. */
const ofRun = {
  run: z.string().describe('The run; the `subject` of the event as well.'),
  sequence: z.int().positive().describe('The number of the record it tells of, as in `workflow history`.'),
  definition: DefinitionRef.omit({ hash: true }).describe('What the run is a run of.'),
  status: RunStatus.describe('Of the run, from then on.'),
  actor: z.string().describe('Who caused it: a person, or `engine`.'),
  trigger: z.string().optional().describe('The trigger that started the run.'),
  parent: z.string().optional().describe('The run that this one is a part of, or whose failure it answers.'),
  startedAt: z.string().describe('When the run began.'),
  dataOmitted: omitted('All else that would stand here'),
};

const reason = z.string().optional().describe('What was given as the reason.');

const ofEnd = {
  ...ofRun,
  endedAt: z.string().describe('When the run ended.'),
  output: JsonValue.optional().describe('The output of the run, where it has one.'),
  outputOmitted: omitted('The output'),
};

const ofFailure = {
  ...ofEnd,
  error: z
    .object({ code: z.string(), message: z.string().optional() })
    .optional()
    .describe('What went wrong.'),
  task: z.string().optional().describe('The task whose failure, or TERMINATE, ended the run.'),
};

const ofApproval = {
  ...ofRun,
  task: z.string().describe('The task that asks; inside of loops its address.'),
  name: z.string().optional().describe('What the definition calls it.'),
};

const inPlaceOf = z.string().optional().describe('Who was away, and had them answer.');

const ofAnswer = {
  ...ofApproval,
  by: z.string().describe('Who answered.'),
  inPlaceOf,
  comment: z.string().optional(),
  data: JsonValue.optional().describe('What was filled in.'),
  formDataOmitted: omitted('What was filled in'),
  settled: z.boolean().describe('Whether the task has all the answers it needs with this one.'),
};

const ofRequest = {
  ...ofApproval,
  level: z.string().optional().describe('The level that whoever answers needs.'),
  subject: JsonObject.optional().describe('What it is about: what `show` of the task gave.'),
  names: z.array(z.string()).describe('Who may answer, where they are named.'),
  quorum: z.int().positive().describe('How many have to agree.'),
  dueAt: z.string().optional().describe('Until when.'),
  onTimeout: z.string().describe('What happens then: `fail`, `approve`, `reject` or `escalate`.'),
  form: JsonValue.optional().describe('The JSON Schema of what has to be filled in.'),
  input: JsonValue.optional().describe('What the task shows to whoever answers.'),
  inputOmitted: z.literal(true).optional().describe('The input is too large, or part of it is secret.'),
};

/** What is told to other programs, by its type, and the data that it has. */
export const outboundEvents = {
  'workflow.run.started': z
    .object({
      ...ofRun,
      triggeredBy: TriggerRef.optional().describe('What started it, where nobody did by hand.'),
      forkedFrom: z.object({ run: z.string(), at: z.int() }).optional().describe('Where it goes on from.'),
    })
    .describe('A run began.'),
  'workflow.run.paused': z
    .object({ ...ofRun, reason, task: z.string().optional().describe('Whose attempts are used up.') })
    .describe('A run begins nothing new until it is resumed.'),
  'workflow.run.resumed': z.object({ ...ofRun, reason }).describe('A paused run goes on.'),
  'workflow.run.continued': z
    .object({ ...ofRun, reason, from: z.string().optional().describe('The task that is carried out anew.') })
    .describe('A run that had ended goes on: it was retried, or run again from a task.'),
  'workflow.run.completed': z.object(ofEnd).describe('A run ended well.'),
  'workflow.run.failed': z.object(ofFailure).describe('A run failed.'),
  'workflow.run.timed_out': z.object(ofFailure).describe('A run took longer than it may.'),
  'workflow.run.terminated': z
    .object({ ...ofFailure, reason })
    .describe('A run was ended or cancelled by hand, or by a TERMINATE.'),
  'approval.requested': z.object(ofRequest).describe('A task waits for an answer of people.'),
  'approval.granted': z.object(ofAnswer).describe('Somebody agreed.'),
  'approval.denied': z.object(ofAnswer).describe('Somebody refused.'),
  'approval.expired': z
    .object({ ...ofApproval, onTimeout: z.string().optional().describe('What it leads to.') })
    .describe('Nobody answered in time, and the task is settled by that.'),
  'approval.escalated': z
    .object({
      ...ofApproval,
      stage: z.int().positive().optional().describe('Of `escalate`, from 1.'),
      level: z.string().optional().describe('The level that whoever may answer from now on needs.'),
      escalatedTo: z
        .array(z.string())
        .optional()
        .describe('Who may answer from now on, where they are named.'),
    })
    .describe('Nobody answered in time; the task goes on waiting, and others may answer as well.'),
  'approval.reminded': z
    .object({
      ...ofRequest,
      reminder: z.int().positive().describe('How many there were, with this one.'),
    })
    .describe('Nobody answered yet; they are asked once more.'),
  'approval.change-requested': z
    .object({
      ...ofApproval,
      by: z.string(),
      inPlaceOf,
      comment: z.string().describe('What is to be changed.'),
      round: z.int().positive().describe('How many changes were asked for, with this one.'),
      from: z.string().describe('The task that is done again, with all that follows from it.'),
    })
    .describe('Somebody wants a change before they decide; the task asks anew after it.'),
  'approval.delegated': z
    .object({ ...ofApproval, by: z.string(), to: z.string().describe('Who may answer now.'), reason })
    .describe('Somebody handed the answer over to somebody else.'),
  'approval.refused': z
    .object({
      ...ofApproval,
      by: z.string(),
      decision: z.string().describe('What was tried: `approve`, `reject` or `delegate`.'),
      code: z.string(),
      message: z.string(),
    })
    .describe('An answer came twice, too late, or from somebody who may not give it, and does not count.'),
} as const;

export type OutboundType = keyof typeof outboundEvents;
