import { z } from 'zod';
import { returns } from './input.ts';
import {
  choice,
  duration,
  expected,
  filled,
  idPattern,
  integer,
  listOf,
  strict,
  textTemplate,
} from './shapes.ts';
import { agentLevel, commonShape } from './task-common.ts';

const {
  run: _run,
  uses: _uses,
  assigned_to: _agent,
  requires: _skills,
  agent_level: _level,
  receipt: _receipt,
  input: _input,
  ...shape
} = commonShape;

const alias = () =>
  filled('the name of a model')
    .regex(idPattern, { error: 'expected a name of models.yaml, such as fast' })
    .describe('The model that is asked, by its name in models.yaml.');

const message = strict({
  role: choice(['system', 'user', 'assistant']).describe('Who says it.'),
  content: textTemplate().describe('What is said.'),
});

const asked = {
  model: alias(),
  system: textTemplate().optional().describe('What the model is told about its part.'),
  prompt: textTemplate().optional().describe('What the model is asked.'),
  temperature: z
    .number({ error: expected('a number') })
    .min(0, { error: 'expected a number from 0 to 2' })
    .max(2, { error: 'expected a number from 0 to 2' })
    .optional()
    .describe('How freely it answers.'),
  max_tokens: integer(1, 10_000_000).optional().describe('The most tokens of one answer.'),
  max_repairs: integer(0, 10)
    .optional()
    .describe('How often an answer that does not fit is sent back within an attempt. Default 2.'),
};

/** A question to a model. */
export const llmTask = strict({
  ...shape,
  type: z.literal('LLM'),
  ...asked,
  messages: listOf(message, 'a list of messages')
    .min(1, { error: 'the list of messages is empty' })
    .optional()
    .describe('What was said so far, in place of prompt.'),
  returns: shape.returns.describe('What the answer must be like. Without it the output is {text}.'),
});

/** Names that the tasks of an agent have besides its tools. */
const reservedTools = ['turn', 'calls', 'call'];

const approval = z.union(
  [
    agentLevel(),
    strict({
      level: agentLevel().optional().describe('The least authority to decide.'),
      names: listOf(filled('a name'), 'a list of names').optional().describe('Who may decide.'),
      timeout: duration().optional().describe('How long is waited for the answer.'),
    }),
  ],
  { error: 'expected L0, L1, L2, L3, or a mapping of level, names and timeout' },
);

/** A tool: what the model is told of it, and the task that a call is. The keys of that task are read with the task. */
const tool = z.looseObject(
  {
    name: filled('a name')
      .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, {
        error: 'expected a name of lower-case letters, digits, _ and -, at most 40',
      })
      .refine((name) => !reservedTools.includes(name), {
        error: `no tool is called ${reservedTools.join(', ')}: the agent has tasks of these names`,
      })
      .describe('What the model calls it.'),
    description: textTemplate().optional().describe('What the model is told of it.'),
    parameters: returns()
      .optional()
      .describe('What a call has to be given: {query: string}, or JSON Schema. Default: nothing.'),
    approval: approval.optional().describe('Each call waits for somebody of this level, or of these names.'),
  },
  { error: expected('a tool, a mapping such as {name: search, uses: file.list}') },
);

/** Turns of a model, with the calls of its tools in between. */
export const agentTask = strict({
  ...shape,
  type: z.literal('AGENT'),
  ...asked,
  prompt: asked.prompt.unwrap().describe('What the agent has to do.'),
  tools: listOf(tool, 'a list of tools')
    .min(1, { error: 'an agent without tools is a task of type LLM' })
    .describe('The tasks that the model may ask for: their keys, with a name and parameters.'),
  max_turns: integer(1, 1000).optional().describe('The most turns. Default 20.'),
  parallel: integer(1, 100)
    .optional()
    .describe('How many calls of a turn are carried out at once. Default 4.'),
  returns: shape.returns.describe('What the last answer must be like. Without it the output is {text}.'),
});

/** The most that a run may ask of models. */
export const budget = strict({
  tokens: integer(1).optional().describe('Tokens, told and answered.'),
  money: z
    .number({ error: expected('a number') })
    .positive({ error: 'expected a number above zero' })
    .optional()
    .describe('Money, in the currency of the prices in models.yaml.'),
  calls: integer(1).optional().describe('Calls of models.'),
  time: duration().optional().describe('How long models may take, all calls together.'),
  ask_at: z
    .number({ error: expected('a number') })
    .gt(0, { error: 'expected a share between 0 and 1, such as 0.8' })
    .lt(1, { error: 'expected a share between 0 and 1, such as 0.8' })
    .optional()
    .describe('When this share is spent, the run is paused once, until somebody resumes it.'),
}).refine(
  ({ tokens, money, calls, time }) => [tokens, money, calls, time].some((part) => part !== undefined),
  {
    error: 'a budget limits something: tokens, money, calls or time',
  },
);
