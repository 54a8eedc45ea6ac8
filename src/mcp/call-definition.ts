import {
  type CallToolResult,
  type ElicitRequestFormParams,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { isFinal } from '../../machines/chart/task-status.ts';
import { defined } from '../../machines/language/defined.ts';
import type { DefinitionTool } from '../api/definitions.ts';
import type { ApprovalPage, FormField } from '../api/people.ts';
import type { RunResult } from '../api/run.ts';
import { messageOf } from '../lib/text.ts';
import { RequestRefused } from '../operations/use-case.ts';
import type { AskOperation, Members } from './asking.ts';
import { givenParts } from './definition-tools.ts';

/** One call of a tool, as far as it has come. */
export type Call = {
  readonly given: Members;
  /** Whether the client can put a form to a person. */
  readonly mayAskPerson: boolean;
  /** What was answered to the forms of the round before. */
  readonly responses: Members | undefined;
  /** What the round before kept. It was with the client: what it names is asked for with the caller's rights. */
  readonly state: string | undefined;
  /** What makes a call that comes again the same one, where the caller says nothing. */
  readonly key: string | undefined;
};

type Answered = CallToolResult | InputRequiredResult;

const waitSecondsDefault = 25;
const inputsForm = 'inputs';
const askedBefore = 'asked-for-inputs';

/** Starts a run of a definition, or goes on with the one that the round before has started, and waits for its end. */
export async function callDefinition(tool: DefinitionTool, call: Call, ask: AskOperation): Promise<Answered> {
  const { input, options } = givenParts(tool, call.given);
  const { waitSeconds: wait = waitSecondsDefault } = options;
  const begun = roundBefore(call.state);
  if (begun !== undefined) {
    const { run } = begun;
    const { isClosed, uncounted } = await answerApprovals(begun, call.responses, ask);
    if (uncounted.length > 0)
      return failed(run, `what was answered in the form does not count: ${uncounted.join('; ')}`);
    // Whoever closes a form has answered nothing: the run goes on waiting, and nobody is asked again.
    if (isClosed) return toolResult((await ask('runs.result', { run })) as RunResult);
    return resultOf(run, { wait, call }, ask);
  }
  const filled = { ...input, ...acceptedInputs(call.responses) };
  const form = call.mayAskPerson && call.state === undefined ? missingInputForm(tool, filled) : undefined;
  if (form !== undefined)
    return inputRequired({
      inputRequests: { [inputsForm]: inputRequired.elicit(form) },
      requestState: askedBefore,
    });
  const key = options.idempotencyKey ?? call.key;
  const { run } = (await ask('runs.start', {
    definition: tool.name,
    input: filled,
    ...(key === undefined ? {} : { idempotencyKey: key }),
  })) as { readonly run: string };

  return resultOf(run, { wait, call }, ask);
}

type Waiting = { readonly wait: unknown; readonly call: Pick<Call, 'mayAskPerson'> };

/** A run that was started is told of in any case: whoever does not hear of it would start another one. */
async function resultOf(run: string, { wait, call }: Waiting, ask: AskOperation): Promise<Answered> {
  try {
    const result = (await ask('runs.result', { run, wait })) as RunResult;
    const asked = call.mayAskPerson ? await askedApprovals(result, ask) : [];
    if (asked.length > 0) return inputRequired(approvalRound(run, asked));

    return toolResult(result);
  } catch (error) {
    return failed(run, `what came of it cannot be told now: ${messageOf(error)}`);
  }
}

/** The approvals of a run that the caller may answer in a form. */
async function askedApprovals(
  { run, approvals = [] }: RunResult,
  ask: AskOperation,
): Promise<readonly ApprovalPage[]> {
  const pages = await Promise.all(
    approvals.map((task) => ask('approvals.show', { run, task }) as Promise<ApprovalPage>),
  );

  return pages.filter(({ mayAnswer, fields }) => mayAnswer && !fields.some(isUnaskable));
}

/** A form of the protocol never asks for a secret: the client shows and keeps what is typed in. */
function isUnaskable({ required, secret }: FormField): boolean {
  return required && secret === true;
}

/** A form for each approval, and what says in the next round which request each of them was for. */
function approvalRound(run: string, asked: readonly ApprovalPage[]) {
  const since = Object.fromEntries(asked.map((page) => [page.task, page.since ?? '']));
  const round: Round = { run, since };

  return {
    inputRequests: Object.fromEntries(
      asked.map((page) => [`approval ${page.task}`, inputRequired.elicit(approvalForm(page))]),
    ),
    requestState: JSON.stringify(round),
  };
}

type RoundAnswered = {
  /** A person closed one of the forms. */
  readonly isClosed: boolean;
  /** The answers that were refused: which, and why. */
  readonly uncounted: readonly string[];
};

/** Answers each approval of a round by itself: one that is closed or refused takes no other one with it. */
async function answerApprovals(
  { run, since }: Round,
  responses: Members | undefined,
  ask: AskOperation,
): Promise<RoundAnswered> {
  let isClosed = false;
  const uncounted: string[] = [];
  for (const key of Object.keys(responses ?? {})) {
    const [, task] = /^approval (.+)$/.exec(key) ?? [];
    if (task === undefined) continue;
    const response = inputResponse(responses, key);
    if (response.kind !== 'elicit' || response.action !== 'accept') {
      isClosed = true;
      continue;
    }
    try {
      const page = (await ask('approvals.show', { run, task })) as ApprovalPage;
      const command = answerCommand(page, response.content ?? {});
      // What was asked anew meanwhile is not what the person saw.
      const shown = { askedSince: since[task] ?? '' };
      if (command !== undefined) await ask('runs.command', { run, command: { ...command, ...shown } });
    } catch (error) {
      uncounted.push(`${task}: ${coded(error)}`);
    }
  }

  return { isClosed, uncounted };
}

function acceptedInputs(responses: Members | undefined): Members {
  const response = inputResponse(responses, inputsForm);

  return response.kind === 'elicit' && response.action === 'accept' ? (response.content ?? {}) : {};
}

/** What a round with forms leaves to the next: the run, and since when each task that it showed has asked. */
const Round = z.object({ run: z.string(), since: z.record(z.string(), z.string()) });
type Round = z.output<typeof Round>;

function roundBefore(state: string | undefined): Round | undefined {
  if (state === undefined || state === askedBefore) return undefined;
  try {
    return Round.parse(JSON.parse(state));
  } catch {
    throw new RequestRefused({
      code: 'mcp.bad-state',
      message: `requestState is none of ours: ${state.slice(0, 200)}`,
    });
  }
}

/** The result of a run as the answer of a tool: its id, how it is, and what to do where it goes on. */
export function toolResult(result: RunResult): CallToolResult {
  const { run, status, error, reason } = result;
  const isOver = isFinal(status);
  const isFailed = isOver && status !== 'COMPLETED';
  const said = isFailed
    ? [
        `run ${run} ended ${status}: ${error === undefined ? (reason ?? '') : `${error.code}: ${error.message}`}`,
      ]
    : isOver
      ? []
      : goesOn(result);

  return {
    content: [...said, JSON.stringify(result)].map((text) => ({ type: 'text', text })),
    structuredContent: { ...result },
    ...(isFailed ? { isError: true } : {}),
  };
}

function goesOn({ run, waitsFor = [], approvals = [] }: RunResult): readonly string[] {
  const waits = waitsFor.map(({ task, reason }) => (task === undefined ? reason : `${task}: ${reason}`));
  const asked = approvals.map(
    (task) => `workflow_approve or workflow_reject with run "${run}" and task "${task}" answers the approval`,
  );

  return [
    [
      `run ${run} goes on${waits.length === 0 ? '' : `; it waits for this: ${waits.join('; ')}`}`,
      ...asked,
      `workflow_run_result with run "${run}" tells what came of it`,
    ].join('\n'),
  ];
}

function failed(run: string, reason: string): CallToolResult {
  const message = `run ${run} was started; ${reason}\nworkflow_run_result with run "${run}" tells what comes of it`;

  return { isError: true, content: [{ type: 'text', text: message }] };
}

function coded(error: unknown): string {
  const { code } = error as { readonly code?: unknown };

  return typeof code === 'string' ? `${code}: ${messageOf(error)}` : messageOf(error);
}

type Form = ElicitRequestFormParams['requestedSchema'];
type Field = Form['properties'][string];

const evidenceMax = 2_000;

/** A form for the inputs that are missing; undefined where none is, or one is nothing that a form may ask for. */
function missingInputForm(
  { name, input }: Pick<DefinitionTool, 'name' | 'input'>,
  given: Members,
): ElicitRequestFormParams | undefined {
  const { required = [], properties = {} } = input as {
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, Members>>;
  };
  const missing = required.filter((each) => !Object.hasOwn(given, each));
  const fields = missing.map((each): [string, Field | undefined] => [each, fieldOf(properties[each] ?? {})]);
  const known = fields.flatMap(([each, field]) => (field === undefined ? [] : [[each, field] as const]));
  if (known.length === 0 || known.length < missing.length) return undefined;

  return {
    message: `${name} needs ${missing.join(', ')}`,
    requestedSchema: { type: 'object', properties: Object.fromEntries(known), required: missing },
  };
}

/** A form that answers an approval. */
function approvalForm(approval: ApprovalPage): ElicitRequestFormParams {
  const { definition, task, name, description, changesLeft, fields } = approval;
  const decisions = ['approve', 'reject', ...(changesLeft > 0 ? ['request_change'] : [])];
  const asked = fields.flatMap((field): (readonly [string, Field])[] => {
    const shown = fieldOf({ ...field, enum: field.enum });
    return shown === undefined || Object.hasOwn(answerFields, field.name) ? [] : [[field.name, shown]];
  });

  return {
    message: [`${definition.id} asks for an approval: ${name ?? task}`, description, evidenceText(approval)]
      .filter((line) => line !== undefined && line !== '')
      .join('\n'),
    requestedSchema: {
      type: 'object',
      properties: {
        decision: { type: 'string', enum: decisions, description: answerFields.decision },
        comment: { type: 'string', maxLength: 2_000, description: answerFields.comment },
        ...Object.fromEntries(asked),
      },
      required: ['decision'],
    },
  };
}

/** What it is to be judged by. Whoever answers is told where this is not all of it. */
function evidenceText({ run, task, subject, evidence }: ApprovalPage): string {
  const whole = JSON.stringify(subject ?? evidence, undefined, 2);
  if (whole.length <= evidenceMax) return whole;

  return (
    `${whole.slice(0, evidenceMax)}\n... these are ${evidenceMax} of ${whole.length} characters; workflow_show_approval ` +
    `with run "${run}" and task "${task}", or \`workflow approvals show ${run} ${task}\`, shows all`
  );
}

const answerFields = { decision: 'What is answered.', comment: 'Why; what is to be changed.' } as const;

/** The command that an answer stands for, as `runs.command` takes it; undefined for one that decides nothing. */
function answerCommand(
  { task, fields }: Pick<ApprovalPage, 'task' | 'fields'>,
  { decision, comment, ...rest }: Members,
): Members | undefined {
  const said = comment === undefined || comment === '' ? {} : { comment };
  if (decision === 'request_change') return { kind: 'requestChange', task, ...said };
  if (decision !== 'approve' && decision !== 'reject') return undefined;
  const data = Object.fromEntries(
    Object.entries(rest).filter(([name]) => fields.some((field: FormField) => field.name === name)),
  );

  return {
    kind: decision,
    task,
    ...said,
    ...(Object.keys(data).length === 0 ? {} : { data }),
  };
}

/** A field as forms of the protocol have them: texts, numbers and choices; undefined for all else, and for secrets. */
function fieldOf({ type = 'string', description, enum: choices, ...rules }: Members): Field | undefined {
  if (rules['writeOnly'] === true || rules['secret'] === true) return undefined;
  const said = typeof description === 'string' ? { description } : {};
  const { minimum, maximum, minLength, maxLength } = rules;
  switch (type) {
    case 'string': {
      const isChoice = Array.isArray(choices) && choices.every((each) => typeof each === 'string');
      if (Array.isArray(choices) && !isChoice) return undefined;
      return defined({ type, ...said, enum: choices, minLength, maxLength }) as Field;
    }
    case 'number':
    case 'integer':
      return defined({ type, ...said, minimum, maximum }) as Field;
    case 'boolean':
      return defined({ type, ...said }) as Field;
    default:
      return undefined;
  }
}
