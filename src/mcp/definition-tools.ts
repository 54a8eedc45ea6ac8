import type { DefinitionTool } from '../api/definitions.ts';
import type { JsonSchema, ListedTool, Members } from './asking.ts';

/** Options of a call that are no inputs of the run. An input of the same name goes before. */
const callOptions = {
  idempotencyKey: {
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description:
      'A call with the key of one before it is answered with the run of that one: none is started.',
  },
  waitSeconds: {
    type: 'integer',
    minimum: 0,
    maximum: 60,
    description: 'How long the answer may wait for the end of the run. Then it says that the run goes on.',
  },
} as const;

export type CallOptions = { readonly [Name in keyof typeof callOptions]?: unknown };

/** How the tool of a definition is listed. */
export function listedDefinition({
  name,
  title,
  description,
  input,
  output,
  mayDo,
}: DefinitionTool): ListedTool {
  const { changes, reachesOut, asksPeople } = mayDo;
  const notes = [
    'The answer has the id of the run; `workflow_run_result` tells later what came of it.',
    ...(asksPeople ? ['A person is asked on the way.'] : []),
  ];

  return {
    name,
    title,
    description: `${description.trimEnd()}\n\nStarts a run. ${notes.join(' ')}`,
    inputSchema: withOptions(input),
    outputSchema: resultSchema(output),
    annotations: {
      readOnlyHint: !changes,
      destructiveHint: changes,
      idempotentHint: !changes,
      openWorldHint: reachesOut,
    },
  };
}

function withOptions(input: DefinitionTool['input']): JsonSchema {
  const inputs = (input['properties'] ?? {}) as Members;

  return { ...input, type: 'object', properties: { ...callOptions, ...inputs } };
}

function resultSchema(output: DefinitionTool['output']): JsonSchema {
  const text = { type: 'string' };

  return {
    type: 'object',
    properties: {
      run: { ...text, description: 'The id of the run.' },
      status: { ...text, description: 'COMPLETED with the output; RUNNING or PAUSED while it goes on.' },
      output,
      error: { type: 'object', properties: { code: text, message: text } },
      reason: text,
      waitsFor: {
        type: 'array',
        items: { type: 'object', properties: { task: text, reason: text, fix: text }, required: ['reason'] },
      },
      approvals: { type: 'array', items: text, description: 'The tasks that ask for an approval now.' },
    },
    required: ['run', 'status'],
  };
}

/** What was given to a tool: the input of the run, and the options of the call. */
export function givenParts(
  { input }: Pick<DefinitionTool, 'input'>,
  given: Members,
): { readonly input: Members; readonly options: CallOptions } {
  const inputs = (input['properties'] ?? {}) as Members;
  const isOption = (name: string): boolean =>
    Object.hasOwn(callOptions, name) && !Object.hasOwn(inputs, name);
  const parts = Object.entries(given);

  return {
    input: Object.fromEntries(parts.filter(([name]) => !isOption(name))),
    options: Object.fromEntries(parts.filter(([name]) => isOption(name))),
  };
}
