import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import { sha256Hex } from '../hash.ts';
import type { Approvers, HumanTask, Task } from '../task.ts';
import { isGranted } from './station-name.ts';
import type { StationGrant } from './stations.ts';

type Mapping = Readonly<Record<string, Json>>;

/** What the other station needs to know to carry a task out. Everything else about it stays where its run is. */
const sentKeys = [
  ...['id', 'name', 'description', 'type', 'assigned_to', 'requires', 'agent_level', 'priority'],
  ...[
    'timeout',
    'queue_timeout',
    'heartbeat_timeout',
    'timeout_policy',
    'wait_for_approval',
    'approvers',
    'form',
  ],
  ...['show', 'on_timeout', 'escalate_to', 'escalate', 'remind', 'on_reject', 'quorum'],
] as const;

/** Those of them that nobody on this side has a use for. */
export const onlySentKeys: readonly string[] = sentKeys.filter(
  (key) => !['id', 'name', 'description', 'type', 'priority'].includes(key),
);

/** A task as it is sent, of a task as it was written. */
export function sentTask(raw: Mapping): Json {
  const given = sentKeys.flatMap((key) => (raw[key] === undefined ? [] : [[key, raw[key] as Json]]));
  const isForAnybody = raw['type'] !== 'HUMAN' && (raw['assigned_to'] ?? raw['requires']) === undefined;

  // Who offers a skill named like the task does it: there it may be called otherwise.
  return { ...Object.fromEntries(given), ...(isForAnybody ? { requires: [raw['id'] ?? ''] } : {}) };
}

/** Where something is sent that could only be evaluated here: the path in the task; undefined where nothing is. */
export function unsendable(sent: Json): string | undefined {
  const found = Object.entries(sent as Mapping).find(([, value]) => JSON.stringify(value).includes('${'));

  return found?.[0];
}

/**
 * Why what another station sent as a task is none that one of ours would send; undefined where it is. Whoever sends it
 * may be of another version, or no station of ours at all: nothing of it is believed.
 */
export function refusedSent(sent: Mapping, inputs: readonly string[]): string | undefined {
  const key = Object.keys(sent).find((each) => !(sentKeys as readonly string[]).includes(each));
  if (key !== undefined) return `"${key}" of a task is never sent`;
  const path = unsendable(sent);
  if (path !== undefined)
    return `"${path}" holds an expression, and nothing of another station is evaluated here`;
  // What is shown is an expression without braces.
  if (JSON.stringify(sent['show'] ?? '').includes('secrets')) return '"show" reads secrets';
  const name = inputs.find((each) => /[${}"\\\p{Cc}]/u.test(each));

  return name === undefined ? undefined : `${JSON.stringify(name)} is no name of an input`;
}

const idCharactersMax = 24;

/**
 * The text of a definition of one task that was sent by a station. Its id says by whom, and follows from the content,
 * so that the same task is the same definition. The inputs of the task are those of the definition.
 */
export function sentDefinition(from: string, sent: Mapping, inputs: readonly string[]): string {
  const id = String(sent['id']);
  const hash = sha256Hex(canonicalJson([sent, [...inputs]])).slice(0, 12);
  const named = id
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, idCharactersMax);
  // In expressions a dash is a minus.
  const task = `task_${id.replaceAll('-', '_')}`;
  const input = Object.fromEntries(
    inputs.map((name) => [name, `\${workflow.input[${JSON.stringify(name)}]}`]),
  );

  return canonicalJson({
    workflow: {
      id: `${sentPrefix(from)}${named}-${hash}`,
      version: 1,
      input: { required: [...inputs] },
      tasks: [{ name: id, ...sent, id: task, input }],
      output: { [sentOutput]: `\${${task}.output}` },
    },
  });
}

/** The output under which a run of such a definition gives that of its task. */
export const sentOutput = 'result';

/** What the ids of the definitions begin with that a station has sent. */
export function sentPrefix(from: string): string {
  return `from-${from}-`;
}

/** Why the task of a definition that was sent may not be carried out here; undefined where it may. */
export function refusedTask(may: StationGrant, { tasks }: Pick<Definition, 'tasks'>): string | undefined {
  const [task] = tasks;
  if (task === undefined || tasks.length > 1) return 'it is no single task';
  if (task.type === 'HUMAN' && task.output === undefined && task.outputTo === undefined)
    return refusedApproval(may, task);
  if (task.type !== 'SIMPLE') return `a ${task.type} is not carried out alone`;

  return refusedWork(may, task);
}

function refusedWork(may: StationGrant, { performer, output, outputTo }: Task): string | undefined {
  // Whatever a definition of this name holds: no peer has anything written or evaluated here.
  if (output !== undefined || outputTo !== undefined) return 'it says what becomes of the result here';
  switch (performer.kind) {
    case 'agent':
      return isGranted(may.agents, performer.agent)
        ? undefined
        : `may.agents does not name ${performer.agent}`;
    case 'skills': {
      const missing = performer.skills.find((skill) => !isGranted(may.skills, skill));
      return missing === undefined ? undefined : `may.skills does not name ${missing}`;
    }
    default:
      return 'only what agents and people do is carried out for other stations';
  }
}

/** Whoever is asked by their level alone may be anybody. */
function refusedApproval(may: StationGrant, task: HumanTask): string | undefined {
  const groups = [task.approvers, task.escalateTo, ...(task.escalate ?? []).map(({ to }) => to)];
  const asked = groups.flatMap((group: Approvers | undefined, index) =>
    group === undefined ? (index === 0 ? ['*'] : []) : group.names.length === 0 ? ['*'] : group.names,
  );
  const missing = asked.find((name) =>
    name === '*' ? !may.approvals.includes('*') : !isGranted(may.approvals, name),
  );
  if (missing === undefined) return undefined;

  return missing === '*'
    ? 'it asks anybody, and may.approvals names who may be asked'
    : `may.approvals does not name ${missing}`;
}
