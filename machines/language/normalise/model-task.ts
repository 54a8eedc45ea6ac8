import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../input-property.ts';
import type { ModelCall, SimpleTask, TaskCommon } from '../../task.ts';
import { defined } from '../defined.ts';
import type { TaskText } from '../schema/task-types.ts';

type ModelText = Extract<TaskText, { kind: 'LLM' }>['value'];

/** How often an answer is sent back, where the definition does not say. */
const repairsMax = 2;

const any = { required: true, secret: false } as const;
const words: InputProperty = { ...any, type: 'string' };

/** A question to a model is a task that a model carries out: what it is told is the input, the answer the result. */
export function normaliseModelTask(common: TaskCommon, text: ModelText): SimpleTask {
  const { turn } = text;
  const model: ModelCall = defined({
    alias: text.model,
    temperature: text.temperature,
    maxTokens: text.max_tokens,
    maxRepairs: text.max_repairs ?? repairsMax,
    answer: common.returns,
    turn,
  });
  // What an output names or reshapes is said by itself.
  const returns = turn === undefined ? (common.returns ?? textAnswer(common)) : turnAnswer(model);

  return defined({
    ...common,
    type: 'SIMPLE' as const,
    input: { messages: messagesOf(text) },
    performer: { kind: 'model' as const, model },
    returns,
  });
}

function textAnswer({ output }: TaskCommon): InputProperty | undefined {
  return output === undefined ? { ...any, type: 'object', members: { text: words } } : undefined;
}

function messagesOf({ system, prompt, messages }: ModelText): Json {
  return [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    ...(messages ?? []),
    ...(prompt === undefined ? [] : [{ role: 'user', content: prompt }]),
  ];
}

/** What a turn of an agent gives: the calls that it asks for, or its answer. */
function turnAnswer({ answer, turn }: ModelCall): InputProperty {
  const names = (turn?.tools ?? []).map(({ name }) => name);
  const call: InputProperty = {
    ...any,
    type: 'object',
    members: {
      id: words,
      name: { ...words, enum: names },
      arguments: { ...any, type: 'object', open: true },
    },
  };

  return {
    ...any,
    type: 'object',
    members: {
      text: words,
      tool_calls: { ...any, type: 'array', items: call as unknown as Json },
      ...(answer === undefined ? {} : { answer: { ...answer, required: false } }),
    },
  };
}
