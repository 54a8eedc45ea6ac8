import type { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { AgentTool, AgentTurn } from '../../task.ts';
import type { Finding } from '../finding.ts';
import { isMapping, type Mapping } from '../mapping.ts';
import type { ParsedList, ParsedTask, TaskList } from '../outline.ts';
import { taskSchemas } from '../schema/task-types.ts';

type AgentText = z.output<typeof taskSchemas.AGENT>;
type ReadTask = (raw: Json, list: TaskList) => ParsedTask | undefined;

/** Turns, where the definition does not say. */
const turnsMax = 20;
/** Calls that are carried out side by side, where it does not say. */
const parallelUsual = 4;

/** What the task that a call is has no say in: the agent says when it begins, and what becomes of it. */
const ofAgent = ['name', 'description', 'parameters', 'approval'];
/** What each turn says for itself, and not the loop around the turns. */
const keysOfTurns = [
  ...['model', 'system', 'prompt', 'temperature', 'max_tokens', 'max_repairs', 'returns'],
  ...['retry_policy', 'timeout', 'queue_timeout', 'heartbeat_timeout', 'timeout_policy'],
  ...['priority', 'circuit_breaker', 'pii'],
];
const keysOfAgent = ['type', 'tools', 'max_turns', 'parallel', 'total_timeout', 'output'];

/**
 * An agent is a loop: in each pass a turn of the model, and then the calls that it asks for, each a task. So every turn
 * and every call has its events, attempts and approvals, and a run goes on at the one that failed.
 */
export function expandAgent(
  parsed: { readonly value: AgentText; readonly raw: Mapping; readonly list: TaskList },
  read: ReadTask,
  report: (...findings: readonly Finding[]) => void,
): ParsedTask | undefined {
  const { value, raw, list } = parsed;
  const { path } = list;
  const body = { kind: 'loop', path, container: value.id } as const;
  const loop = loopOf(value, raw);
  const text = taskSchemas.DO_WHILE.safeParse(loop);
  const turn = turnOf(parsed, body);
  const calls = callsOf(parsed, body, read);
  if (!text.success || turn === undefined || calls === undefined) {
    // What is wrong was reported with the keys of the agent, or of the tool.
    report(...unreadable(text.error, path));
    return undefined;
  }
  const tasks = [turn, calls];

  return {
    text: { kind: 'DO_WHILE', value: text.data },
    raw: loop,
    path,
    list,
    nested: [{ ...body, tasks, unread: [] }],
  };
}

/** The loop around the turns, with what the agent says of when it begins and what becomes of it. */
function loopOf(value: AgentText, raw: Mapping): Mapping {
  const { turn } = namesOf(value.id);
  const shared = Object.entries(raw).filter(
    ([key]) => !keysOfTurns.includes(key) && !keysOfAgent.includes(key),
  );

  return {
    ...Object.fromEntries(shared),
    type: 'DO_WHILE',
    // They are read by themselves, each where its part of the agent stands.
    tasks: [{ id: turn }],
    loop_condition: `size(${outputOf(turn)}.tool_calls) > 0`,
    max_iterations: value.max_turns ?? turnsMax,
    keep_last: value.max_turns ?? turnsMax,
    output: (raw['output'] ?? answerOf(value, turn)) as Json,
    ...(raw['total_timeout'] === undefined ? {} : { timeout: raw['total_timeout'] }),
    ...(raw['pii'] === undefined ? {} : { pii: raw['pii'] }),
  };
}

function unreadable(error: z.ZodError | undefined, path: TaskList['path']): readonly Finding[] {
  return (error?.issues ?? []).map(({ message }) => ({
    code: 'definition.bad-combination',
    message: `an agent cannot be so: ${message}`,
    path,
  }));
}

type Names = { readonly turn: string; readonly calls: string; readonly call: string };

function namesOf(id: string): Names {
  return { turn: `${id}_turn`, calls: `${id}_calls`, call: `${id}_call` };
}

function outputOf(id: string): string {
  return `tasks[${JSON.stringify(id)}].output`;
}

/** The output of an agent is its last answer. */
function answerOf({ returns }: AgentText, turn: string): Json {
  const last = `result.results[size(result.results) - 1][${JSON.stringify(turn)}]`;
  if (returns === undefined) return { text: `\${${last}.text}` };

  return Object.fromEntries(
    Object.keys(returns.members ?? {}).map((name) => [
      name,
      `\${${last}.?answer[?${JSON.stringify(name)}].orValue(null)}`,
    ]),
  );
}

type Parsed = Parameters<typeof expandAgent>[0];

function turnOf({ value, raw, list }: Parsed, body: TaskList): ParsedTask | undefined {
  const { turn: id, calls } = namesOf(value.id);
  const own = Object.entries(raw).filter(([key]) => keysOfTurns.includes(key));
  const turnRaw: Mapping = { ...Object.fromEntries(own), id, name: 'turn', type: 'LLM' };
  const text = taskSchemas.LLM.safeParse(turnRaw);
  if (!text.success) return undefined;
  const turn: AgentTurn = { calls, tools: value.tools.map((tool) => toolOf(value.id, tool)) };

  return {
    text: { kind: 'LLM', value: { ...text.data, turn } },
    raw: turnRaw,
    path: list.path,
    list: body,
    nested: [],
  };
}

function toolOf(agent: string, { name, description, parameters }: AgentText['tools'][number]): AgentTool {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    parameters: parameters ?? { required: true, secret: false, type: 'object', members: {} },
    task: `${agent}_${name}`,
  };
}

/** One pass for each call: who is asked goes by its name. A call that fails fails no turn: the model is told. */
function callsOf({ value, raw, list }: Parsed, body: TaskList, read: ReadTask): ParsedTask | undefined {
  const { turn, calls: id, call } = namesOf(value.id);
  const path = [...list.path, 'tools'];
  const items = { kind: 'items', path, container: id, itemName: 'call' } as const;
  const fork = {
    id,
    name: 'calls',
    type: 'FORK',
    depends_on: turn,
    for_each: `${outputOf(turn)}.tool_calls`,
    as: 'call',
    concurrency: value.parallel ?? parallelUsual,
    tolerate_failures: '100%',
    tasks: [{ id: call }],
    ...(raw['pii'] === undefined ? {} : { pii: raw['pii'] }),
  };
  const text = taskSchemas.FORK.safeParse(fork);
  const tools = (Array.isArray(raw['tools']) ? (raw['tools'] as readonly Json[]) : []).flatMap(
    (tool, index) => (isMapping(tool) ? toolTasks(value, index, tool) : []),
  );
  const route = routeOf(value, call);
  const tasks = [
    { raw: route, path },
    ...tools.map((each) => ({ ...each, path: [...path, ...each.path] })),
  ].map((each) => read(each.raw, { ...items, path: each.path }));
  if (!text.success || tasks.some((task) => task === undefined)) return undefined;
  const listed: ParsedList = {
    ...items,
    tasks: tasks.flatMap((task) => (task === undefined ? [] : [{ ...task, list: items }])),
    unread: [],
  };

  return { text: { kind: 'FORK', value: text.data }, raw: fork, path, list: body, nested: [listed] };
}

/** A turn is held to the names of the tools, so that there is a case for each call. */
function routeOf({ id, tools }: AgentText, call: string): Mapping {
  const cases = tools.map(({ name, approval }): [string, Json] => [
    name,
    { next: approval === undefined ? `${id}_${name}` : `${id}_${name}_approval` },
  ]);
  const [first = ['', {}]] = cases;

  return {
    id: call,
    name: 'call',
    type: 'DECISION',
    decision_param: '${call.name}',
    decision_cases: Object.fromEntries(cases) as Json,
    // No other call comes, since a turn is held to the names.
    default: first[1],
  };
}

function toolTasks(agent: AgentText, index: number, tool: Mapping) {
  const { name = '', approval } = agent.tools[index] ?? {};
  const id = `${agent.id}_${name}`;
  const own = Object.fromEntries(Object.entries(tool).filter(([key]) => !ofAgent.includes(key)));
  const asked = approval === undefined ? undefined : `${id}_approval`;
  const task: Mapping = {
    ...own,
    id,
    name: String(name),
    ...(own['type'] === undefined ? typeOf(own) : {}),
    ...takesInput(own),
    ...(asked === undefined ? {} : { depends_on: asked }),
    ...(agent.pii === true ? { pii: true } : {}),
  };
  const asking =
    asked === undefined ? [] : [{ raw: approvalOf(asked, agent, index), path: [index, 'approval'] }];

  return [...asking, { raw: task, path: [index] }];
}

function typeOf(task: Mapping): Mapping {
  if (task['workflow'] !== undefined) return { type: 'SUB_WORKFLOW' };
  if (task['request'] !== undefined) return { type: 'HTTP' };

  return task['event'] === undefined ? {} : { type: 'EVENT' };
}

/** Whoever carries a call out is given what the model gives, unless the tool says otherwise. */
function takesInput(task: Mapping): Mapping {
  const isOther = ['request', 'event', 'run', 'output'].some((key) => task[key] !== undefined);

  return task['input'] !== undefined || isOther ? {} : { input: '${call.arguments}' };
}

function approvalOf(id: string, agent: AgentText, index: number): Mapping {
  const { name = '', approval } = agent.tools[index] ?? {};
  const { timeout, ...approvers } =
    typeof approval === 'object' ? approval : { level: approval, timeout: undefined };

  return {
    id,
    name: `may ${agent.id} call ${name}?`,
    type: 'HUMAN',
    approvers: approvers as Json,
    show: { tool: String(name), arguments: '${call.arguments}' },
    ...(timeout === undefined ? {} : { timeout: `${timeout}ms` }),
    ...(agent.pii === true ? { pii: true } : {}),
  };
}
