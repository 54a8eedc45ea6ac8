import type { Json } from '../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../events/json-text.ts';
import type { ModelUsage } from '../../events/task-events.ts';
import type { InputProperty } from '../../machines/input-property.ts';
import { defined } from '../../machines/language/defined.ts';
import { misfitOf } from '../../machines/language/input-value.ts';
import { answerSchema } from '../../machines/models/answer-schema.ts';
import { moneyFor } from '../../machines/models/budget.ts';
import type { AgentTurn, ModelCall } from '../../machines/task.ts';
import { timerMsMax } from '../lib/deadline.ts';
import { type Attempt, type Handler, type ModelAsking, TaskError } from '../ports/work/handler.ts';
import type { KnownModel, Models } from '../ports/work/models.ts';
import { askChat, type ChatAnswer, ChatFailure, membersOf } from './chat-wire.ts';

const excerptMax = 1_000;
/** What is told live is told by lines: a long one is told in parts. */
const lineLengthMax = 120;

type Message = { readonly [key: string]: Json };

/**
 * Carries attempts out by asking a model. An answer that does not fit is sent back with what is wrong, within the
 * attempt; one that still does not fit after that is `llm.malformed`. What was asked is counted, failed calls as well.
 */
export function createModelHandler(call: ModelCall, models: Models): Handler {
  return async (attempt) => {
    const model = await models.find(call.alias, attempt.projectDir);
    const asking = attempt.asking ?? { turns: [], needsPrice: false, used: () => undefined };
    if (asking.needsPrice && model.price === undefined) {
      const message = `the run has a budget of money, and the price of ${call.alias} is not known: say it in models.yaml`;
      throw new TaskError('llm.unpriced', message);
    }
    const { messages } = membersOf(attempt.input);
    const written = (Array.isArray(messages) ? messages : []) as readonly Message[];
    const first = [...written, ...toldSchema(call, model), ...earlierTurns(call.turn, asking.turns)];

    return converse({ call, model, attempt, asking }, first);
  };
}

type Conversation = {
  readonly call: ModelCall;
  readonly model: KnownModel;
  readonly attempt: Attempt;
  readonly asking: ModelAsking;
};

async function converse(context: Conversation, first: readonly Message[]): Promise<Json> {
  const { call } = context;
  const count = createCount(context);
  let messages = first;
  for (let repairs = 0; ; repairs += 1) {
    const answer = await ask(context, { messages, number: repairs + 1, count });
    const read = readAnswer(call, answer);
    if ('output' in read) return read.output;
    if (repairs === call.maxRepairs) throw malformed(read.fault, answer, repairs);
    messages = [...messages, ...sentBack(answer, read.fault)];
  }
}

function malformed(fault: string, answer: ChatAnswer, repairs: number): TaskError {
  const message = `the answer does not fit, also after it was sent back ${repairs} times: ${fault}`;
  const details = { answer: (answer.text || JSON.stringify(answer.calls)).slice(0, excerptMax) };

  return new TaskError('llm.malformed', message, { retryable: true, details });
}

/** The model sees what it answered, and what is wrong with that. */
function sentBack({ text, calls }: ChatAnswer, fault: string): readonly Message[] {
  const said = calls.length === 0 ? text : `${text}\n${JSON.stringify(calls)}`;

  return [
    { role: 'assistant', content: said },
    {
      role: 'user',
      content: `This cannot be used: ${fault}. Answer again, and only with what was asked for.`,
    },
  ];
}

type Asked = {
  readonly messages: readonly Message[];
  readonly number: number;
  readonly count: ReturnType<typeof createCount>;
};

async function ask({ call, model, attempt }: Conversation, { messages, number, count }: Asked) {
  const body = bodyOf(call, model, messages);
  const stop = AbortSignal.any([
    attempt.signal,
    ...(model.timeoutMs === undefined ? [] : [AbortSignal.timeout(Math.min(model.timeoutMs, timerMsMax))]),
  ]);
  const printing = createPrinting(attempt);
  const begun = count.begin(Buffer.byteLength(JSON.stringify(body)));
  try {
    const answer = await askChat(model, {
      body,
      key: `${attempt.attemptKey}/${number}`,
      signal: stop,
      onText: (text) => {
        attempt.heartbeat();
        printing(text);
      },
    });
    begun.answered(answer);
    return answer;
  } catch (error) {
    if (!(error instanceof ChatFailure)) throw error;
    begun.failed(error.partial);
    const { code, retryable, details } = error;
    // A provider may repeat a key that was changed after the engine learned what to hide.
    const message = model.key === undefined ? error.message : error.message.replaceAll(model.key, '***');
    throw new TaskError(code, message, { retryable, cause: error, ...defined({ details }) });
  }
}

/** What the attempt asked for until now. Tokens that nobody counted are as many as the texts have bytes. */
function createCount({ model, call, asking }: Conversation) {
  let calls = 0;
  let input = 0;
  let output = 0;
  let ms = 0;
  let isEstimated = false;

  function add(tokens: { readonly input: number; readonly output: number }, beganMs: number): void {
    input += tokens.input;
    output += tokens.output;
    ms += Math.round(performance.now() - beganMs);
    const counted = { inputTokens: input, outputTokens: output };
    const usage: ModelUsage = {
      ...{ model: call.alias, provider: model.name, calls, ...counted, ms },
      ...(model.price === undefined ? {} : { money: moneyFor(counted, model.price) }),
      ...(isEstimated ? { estimated: true } : {}),
    };
    asking.used(usage);
  }

  return {
    begin: (bytes: number) => {
      const beganMs = performance.now();
      calls += 1;
      return {
        answered: ({ tokens, text, calls: asked }: ChatAnswer) => {
          isEstimated ||= tokens === undefined;
          const estimate = { input: bytes, output: Buffer.byteLength(text + JSON.stringify(asked)) };
          add(tokens ?? estimate, beganMs);
        },
        failed: (partial: string | undefined) => {
          isEstimated ||= partial !== undefined;
          add(
            partial === undefined
              ? { input: 0, output: 0 }
              : { input: bytes, output: Buffer.byteLength(partial) },
            beganMs,
          );
        },
      };
    },
  };
}

function bodyOf(call: ModelCall, model: KnownModel, messages: readonly Message[]) {
  const { answer, turn } = call;
  const limit = [call.maxTokens, model.maxTokens].filter((each) => each !== undefined);
  const tools = (turn?.tools ?? []).map(({ name, description, parameters }) => ({
    type: 'function',
    function: defined({ name, description, parameters: answerSchema(parameters) }),
  }));

  return defined({
    messages: messages as Json,
    temperature: call.temperature,
    max_tokens: limit.length === 0 ? undefined : Math.min(...limit),
    tools: tools.length === 0 ? undefined : (tools as Json),
    response_format: answer === undefined ? undefined : formatOf(answerSchema(answer), model),
  }) as { readonly [key: string]: Json };
}

function formatOf(schema: Json, { structured }: KnownModel): Json | undefined {
  if (structured === 'none') return undefined;
  if (structured === 'json') return { type: 'json_object' };

  return { type: 'json_schema', json_schema: { name: 'answer', schema } };
}

/** A model that is not given the schema by the wire is told of it in words. */
function toldSchema({ answer, turn }: ModelCall, { structured }: KnownModel): readonly Message[] {
  if (answer === undefined || structured === 'schema') return [];
  const when = turn === undefined ? 'Answer' : 'Call tools while you need them; your last answer is given';

  return [
    {
      role: 'system',
      content: `${when} with JSON alone, of this JSON Schema: ${JSON.stringify(answerSchema(answer))}`,
    },
  ];
}

type Read = { readonly output: Json } | { readonly fault: string };

function readAnswer(call: ModelCall, answer: ChatAnswer): Read {
  if (answer.finish === 'content_filter')
    throw new TaskError('llm.refused', 'the provider of the model withheld the answer');
  if (answer.finish === 'length')
    return { fault: 'the answer was cut off at the most tokens that it may have' };
  if (call.turn !== undefined) return readTurn(call, call.turn, answer);
  if (call.answer === undefined) return { output: { text: answer.text } };
  const read = readValue(answer.text, call.answer);

  return 'fault' in read ? read : { output: read.value };
}

function readTurn(call: ModelCall, turn: AgentTurn, { text, calls }: ChatAnswer): Read {
  if (calls.length > 0) {
    const read = calls.map((each, index) => readCall(turn, each, index));
    const faults = read.flatMap((each) => ('fault' in each ? [each.fault] : []));
    if (faults.length > 0) return { fault: faults.join('; ') };
    return { output: { text, tool_calls: read.flatMap((each) => ('value' in each ? [each.value] : [])) } };
  }
  if (call.answer === undefined) return { output: { text, tool_calls: [] } };
  const read = readValue(text, call.answer);

  return 'fault' in read ? read : { output: { text, tool_calls: [], answer: read.value } };
}

type Value = { readonly value: Json } | { readonly fault: string };

function readCall({ tools }: AgentTurn, call: ChatAnswer['calls'][number], index: number): Value {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) {
    const names = tools.map(({ name }) => name).join(', ');
    return { fault: `there is no tool ${JSON.stringify(call.name)}; there are ${names}` };
  }
  const read = readValue(call.arguments === '' ? '{}' : call.arguments, closed(tool.parameters));
  if ('fault' in read) return { fault: `the arguments of ${call.name}: ${read.fault}` };
  const given = read.value;
  const isNamed = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isNamed) return { fault: `the arguments of ${call.name} are no mapping` };

  return { value: { id: call.id === '' ? `call_${index}` : call.id, name: call.name, arguments: given } };
}

/** What a person agrees to is shown by its parameters: nothing else is handed on. */
function closed(parameters: InputProperty): InputProperty {
  return parameters.open === true ? parameters : { ...parameters, closed: true };
}

function readValue(text: string, rules: NonNullable<ModelCall['answer']>): Value {
  let value: Json;
  try {
    value = parseJsonText(withoutFence(text.trim()));
  } catch (error) {
    return { fault: error instanceof InexactNumber ? error.message : 'it is no JSON' };
  }
  const misfit = misfitOf(value, rules);

  return misfit === undefined ? { value } : { fault: misfit };
}

/** Models put what they write between ``` and ```. */
function withoutFence(text: string): string {
  const begin = /^```(?:json)?[ \t]*\r?\n/.exec(text);

  return begin === null || !text.endsWith('```') ? text : text.slice(begin[0].length, -3);
}

/** What was said in the turns before, as the wire tells it. */
function earlierTurns(turn: AgentTurn | undefined, passes: readonly Json[]): readonly Message[] {
  if (turn === undefined) return [];

  return passes.flatMap((pass) => {
    const [, given] = Object.entries(membersOf(pass)).find(([task]) => task !== turn.calls) ?? [];
    const said = membersOf(given);
    const calls = (said['tool_calls'] ?? []) as readonly Json[];
    const made = membersOf(membersOf(pass)[turn.calls]);
    const told = calls.map((call, index) => ({
      role: 'tool',
      tool_call_id: membersOf(call)['id'] ?? '',
      content: JSON.stringify(resultOf(turn, { call: membersOf(call), made, index })),
    }));

    return [{ role: 'assistant', content: said['text'] ?? '', tool_calls: calls.map(calledAs) }, ...told];
  });
}

function calledAs(call: Json): Json {
  const { id = '', name = '', arguments: given = {} } = membersOf(call);

  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } };
}

function resultOf(
  { tools }: AgentTurn,
  of: { readonly call: Message; readonly made: Message; readonly index: number },
): Json {
  const { call, made, index } = of;
  const failures = (made['failures'] ?? []) as readonly Json[];
  const failure = failures.map(membersOf).find((each) => each['index'] === index);
  if (failure !== undefined)
    return { error: { code: failure['code'] ?? '', message: failure['message'] ?? '' } };
  const results = (made['results'] ?? []) as readonly Json[];
  const task = tools.find(({ name }) => name === call['name'])?.task ?? '';

  return membersOf(results[index])[task] ?? null;
}

/** Tells the text of an answer while it comes, broken into lines. */
function createPrinting({ printing }: Attempt): (text: string) => void {
  let column = 0;

  return (text) => {
    if (printing === undefined) return;
    let told = '';
    for (const character of text) {
      const isFull = column >= lineLengthMax && character === ' ';
      told += isFull ? '\n' : character;
      column = isFull || character === '\n' ? 0 : column + 1;
    }
    printing('stdout', Buffer.from(told));
  };
}
