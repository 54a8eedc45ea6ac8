import type { Json } from '../../../../events/canonical-json.ts';
import type { Definition, InputProperty } from '../../../../machines/definition.ts';
import { formFields, inputType, noField, parseInputText } from '../../../../machines/language/check-input.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import type { CliIo } from '../../app.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { jsonOption } from '../json-option.ts';
import { namedRun } from '../runs/named-run.ts';
import { accepted } from './answer.ts';
import { approvalIn, onlyApproval } from './asked-task.ts';

export type ApprovalFlags = FollowFlags & {
  readonly as?: string;
  readonly comment?: string;
  readonly field?: readonly string[];
  readonly data?: string;
  readonly input: boolean;
};

type Verb = 'approve' | 'reject';
type Request = { readonly run: string; readonly task: string | undefined; readonly flags: ApprovalFlags };

/** `workflow approve|reject <run> [task]`: answers an approval, and follows the run as `resume` does. */
export async function answerApproval(
  invocation: Invocation,
  kind: Verb,
  request: Request,
): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const { flags } = request;
  const timeout = timeoutOf(flags);
  const by = actorOf(io, flags.as);
  const { comment } = flags;
  const given = jsonOption('data', flags.data);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, request.run);
    const { task, data } = await meant(invocation, workflows, { ...request, run, kind, given });
    const said = { ...(comment === undefined ? {} : { comment }), ...(data === undefined ? {} : { data }) };
    const answer = await workflows.command(run, { kind, task, by, ...said }, by);
    const sequence = accepted(answer, hint);
    const done = kind === 'approve' ? 'approved' : 'rejected';
    output.note(`${done} ${task} as ${by}`);
    if (flags.detach !== true)
      return followAndReport(invocation, session, { run, from: sequence, ...timeout });
    output.document('Answer', { run, task, decision: kind, by, sequence });
    output.data(`${run} ${task} ${done} by ${by} (event ${sequence})`);

    return 0;
  });
}

export type ChangeFlags = FollowFlags & { readonly as?: string; readonly comment: string };

/** `workflow approvals change <run> [task] --comment <what>`: has the work done again, and follows the run. */
export async function askForChange(
  invocation: Invocation,
  request: { readonly run: string; readonly task: string | undefined; readonly flags: ChangeFlags },
): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const { flags } = request;
  const { comment } = flags;
  const timeout = timeoutOf(flags);
  const by = actorOf(io, flags.as);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, request.run);
    const task = request.task ?? (await onlyApproval(invocation, workflows, run)).address;
    const command = { kind: 'requestChange', task, by, comment } as const;
    const sequence = accepted(await workflows.command(run, command, by), hint);
    output.note(`asked for a change of ${task} as ${by}`);
    if (flags.detach !== true)
      return followAndReport(invocation, session, { run, from: sequence, ...timeout });
    output.document('Answer', { run, task, decision: 'change', by, sequence });
    output.data(`${run} ${task} sent back by ${by} (event ${sequence})`);

    return 0;
  });
}

/** The task, and the data of the answer: the form is only read if somebody fills it in. */
async function meant(
  invocation: Invocation,
  workflows: Workflows,
  { run, task, kind, given, flags }: Request & { readonly kind: Verb; readonly given: Json | undefined },
): Promise<{ readonly task: string; readonly data: Json | undefined }> {
  const { field: fields = [], input } = flags;
  const asks = kind === 'approve' && input && invocation.io.prompt !== undefined && !invocation.output.json;
  const address = task ?? (await onlyApproval(invocation, workflows, run)).address;
  if (fields.length === 0 && !asks) return { task: address, data: given };
  const asked = approvalIn(await workflows.view(run), address);
  // Without an approval there is no form to check: the run reports the error.
  if (asked === undefined) return { task: address, data: given };
  const mayAsk = asks && asked.state.state === 'pending_approval';

  return {
    task: address,
    data: await readForm(asked.task.form, { fields, data: given, mayAsk }, invocation.io),
  };
}

type Fields = Definition['input'];
type Values = Readonly<Record<string, Json>>;
type Given = {
  /** `--field name=value`. */
  readonly fields: readonly string[];
  /** `--data`. */
  readonly data: Json | undefined;
  readonly mayAsk: boolean;
};

/**
 * The data of an answer: `--data`, overridden by `--field`, and what the user types for missing fields. The run
 * checks it against the form. Throws CliFailure.
 */
async function readForm(
  form: Json | undefined,
  { fields: pairs, data, mayAsk }: Given,
  io: Pick<CliIo, 'prompt'>,
): Promise<Json | undefined> {
  const fields = form === undefined ? {} : (formFields(form) ?? {});
  const typed = pairs.map((pair) => typedPair(pair, fields));
  const before = data ?? {};
  if (typeof before !== 'object' || before === null || Array.isArray(before)) {
    if (typed.length === 0) return data;
    throw new CliFailure('usage.data', '--field goes with --data only when that is a JSON object');
  }
  const given = { ...(before as Values), ...Object.fromEntries(typed) };
  const complete = { ...given, ...(mayAsk ? await askedFor(fields, given, io) : {}) };

  return data === undefined && Object.keys(complete).length === 0 ? undefined : complete;
}

function typedPair(pair: string, fields: Fields): readonly [string, Json] {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new CliFailure('usage.field', `--field takes name=value, not "${pair}"`);
  const name = pair.slice(0, equals);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field !== undefined) return [name, typedValue(field, `--field ${name}`, pair.slice(equals + 1))];

  throw new CliFailure('usage.field', `the form has ${noField(name, Object.keys(fields))}`);
}

/** Required fields that are missing. Throws CliFailure for a text of the wrong type. */
async function askedFor(fields: Fields, given: Values, { prompt }: Pick<CliIo, 'prompt'>): Promise<Values> {
  if (prompt === undefined) return {};
  const answers: [string, Json][] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (!field.required || given[name] !== undefined) continue;
    const text = await prompt(`${name}${describedField(field)}: `);
    if (text !== '') answers.push([name, typedValue(field, name, text)]);
  }

  return Object.fromEntries(answers);
}

function describedField(field: InputProperty): string {
  const { description, enum: choices } = field;
  const words = [inputType(field), description, choices?.map((each) => JSON.stringify(each)).join(', ')];
  const said = words.filter((word) => word !== undefined);

  return said.length === 0 ? '' : ` (${said.join(': ')})`;
}

function typedValue(field: InputProperty, flag: string, text: string): Json {
  const parsed = parseInputText(field, text);
  if (!parsed.ok) throw new CliFailure('input.mistyped', `${flag}: ${parsed.reason}`);

  return parsed.value;
}
