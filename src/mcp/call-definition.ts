import {
  type CallToolResult,
  type ElicitRequestFormParams,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
} from '@modelcontextprotocol/server';
import { defined } from '../../machines/language/defined.ts';
import type { DefinitionTool } from '../api/definitions.ts';
import type { ApprovalPage, FormField } from '../api/people.ts';
import type { RunResult } from '../api/run.ts';
import { messageOf } from '../lib/text.ts';
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
  const begun = runOfState(call.state);
  if (begun !== undefined) {
    try {
      const waiting = await answerApprovals(begun, call.responses, ask);
      if (waiting !== undefined) return waiting;
    } catch (error) {
      return failed(begun, error);
    }
    return resultOf(begun, { wait, call }, ask);
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
    const forms = call.mayAskPerson ? await approvalForms(result, ask) : {};
    if (Object.keys(forms).length > 0)
      return inputRequired({ inputRequests: forms, requestState: stateOf(run) });

    return toolResult(result);
  } catch (error) {
    return failed(run, error);
  }
}

/** A form for each approval that the caller may answer. */
async function approvalForms({ run, approvals = [] }: RunResult, ask: AskOperation) {
  const pages = await Promise.all(
    approvals.map((task) => ask('approvals.show', { run, task }) as Promise<ApprovalPage>),
  );

  return Object.fromEntries(
    pages
      .filter(({ mayAnswer }) => mayAnswer)
      .map((page) => [`approval ${page.task}`, inputRequired.elicit(approvalForm(page))]),
  );
}

/** Answers what a person was asked. Undefined where nothing stands in the way of going on. */
async function answerApprovals(
  run: string,
  responses: Members | undefined,
  ask: AskOperation,
): Promise<CallToolResult | undefined> {
  for (const key of Object.keys(responses ?? {})) {
    const [, task] = /^approval (.+)$/.exec(key) ?? [];
    if (task === undefined) continue;
    const response = inputResponse(responses, key);
    // Whoever closes a form has answered nothing: the run goes on waiting.
    if (response.kind !== 'elicit' || response.action !== 'accept')
      return toolResult((await ask('runs.result', { run })) as RunResult);
    const page = (await ask('approvals.show', { run, task })) as ApprovalPage;
    const command = answerCommand(page, response.content ?? {});
    if (command !== undefined) await ask('runs.command', { run, command });
  }

  return undefined;
}

function acceptedInputs(responses: Members | undefined): Members {
  const response = inputResponse(responses, inputsForm);

  return response.kind === 'elicit' && response.action === 'accept' ? (response.content ?? {}) : {};
}

const statePrefix = 'run ';

function stateOf(run: string): string {
  return statePrefix + run;
}

function runOfState(state: string | undefined): string | undefined {
  return state?.startsWith(statePrefix) === true ? state.slice(statePrefix.length) : undefined;
}

/** The result of a run as the answer of a tool: its id, how it is, and what to do where it goes on. */
export function toolResult(result: RunResult): CallToolResult {
  const { run, status, error, reason } = result;
  const isOver = !['RUNNING', 'PAUSED', 'CANCELLING', 'COMPENSATING'].includes(status);
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

function failed(run: string, error: unknown): CallToolResult {
  return {
    isError: true,
    content: [
      {
        type: 'text',
        text: `run ${run} was started; what came of it cannot be told now: ${messageOf(error)}\nworkflow_run_result with run "${run}" tells it later`,
      },
    ],
  };
}

type Form = ElicitRequestFormParams['requestedSchema'];
type Field = Form['properties'][string];

const evidenceMax = 2_000;

/** A form for the inputs that are missing; undefined where none is, or one is nothing that a form can ask for. */
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
  const { definition, task, name, description, subject, evidence, changesLeft, fields } = approval;
  const decisions = ['approve', 'reject', ...(changesLeft > 0 ? ['request_change'] : [])];
  const said = JSON.stringify(subject ?? evidence, undefined, 2).slice(0, evidenceMax);
  const asked = fields.flatMap((field): (readonly [string, Field])[] => {
    const shown = fieldOf({ ...field, enum: field.enum });
    return shown === undefined || Object.hasOwn(answerFields, field.name) ? [] : [[field.name, shown]];
  });

  return {
    message: [`${definition.id} asks for an approval: ${name ?? task}`, description, said]
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

/** A field as forms of the protocol have them: texts, numbers and choices; undefined for all else. */
function fieldOf({ type = 'string', description, enum: choices, ...rules }: Members): Field | undefined {
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
