import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { isDynamic } from '../task-names.ts';
import type { Finding } from './finding.ts';
import { isMapping, type Mapping } from './mapping.ts';
import { expandAgent } from './normalise/agent-task.ts';
import type { ParsedList, ParsedTask, TaskList } from './outline.ts';
import { kindOf } from './schema/shapes.ts';
import { type TaskText, type TextType, taskSchemas, typeSpellings } from './schema/task-types.ts';
import { didYouMean } from './suggest.ts';
import { parseSalvaging } from './text/salvage.ts';
import { spellingFindings } from './text/spellings.ts';
import type { Path } from './text/yaml-node.ts';

type Report = (...findings: readonly Finding[]) => void;

/** Parses a list of tasks and the lists inside them, each task by the schema of its type. */
export function readTasks(value: Json | undefined, list: TaskList, report: Report): ParsedList {
  const items: readonly Json[] = Array.isArray(value) ? value : [];
  const tasks: ParsedTask[] = [];
  const unread: string[] = [];
  items.forEach((item, index) => {
    // A step of a failure workflow may be a mere name.
    if (list.kind === 'steps' && typeof item === 'string') return;
    const task = readTask(item, { ...list, path: [...list.path, index] }, report);
    if (task !== undefined) tasks.push({ ...task, list });
    else if (isMapping(item) && typeof item['id'] === 'string') unread.push(item['id']);
  });

  return { ...list, tasks, unread };
}

function readTask(raw: Json, list: TaskList, report: Report): ParsedTask | undefined {
  const { path } = list;
  if (!isMapping(raw)) {
    const message = `expected a task, a mapping such as {id: scan}, found ${kindOf(raw)}`;
    report({ code: 'definition.wrong-type', message, path });

    return undefined;
  }
  const kind = kindOfTask(raw, path, report);
  if (kind === undefined) return undefined;
  const { value, findings } = parseSalvaging({ schema: taskSchemas[kind], value: raw, path });
  report(...findings.map((finding) => withOwner(finding, kind, path)), ...spellingFindings(raw, path));
  const nested = readNested(kind, raw, list, report);
  if (value === undefined) return undefined;
  if (kind === 'SIMPLE' && raw['share'] === true) return readShared(raw, list, report);
  if (kind === 'AGENT') {
    const agent = { value: value as z.output<typeof taskSchemas.AGENT>, raw, list };
    return expandAgent(agent, (inner, at) => readTask(inner, at, report), report);
  }

  return { text: { kind, value } as TaskText, raw, path, list, nested };
}

/** What each part of a shared task says for itself, and not the FORK around the parts. */
const keysOfParts = [
  ...['input', 'agent_level', 'priority', 'circuit_breaker', 'retry_policy'],
  ...['timeout', 'queue_timeout', 'heartbeat_timeout', 'timeout_policy'],
];
/** What makes no sense on a task that is shared. */
const unshared = ['run', 'uses', 'assigned_to', 'output'];

/**
 * A task whose skills are shared is a FORK with a branch of one task for each skill: whoever offers the skill gets that
 * part alone. The text stays what it is, and so do the places in it: each part stands where the shared task stands.
 */
function readShared(raw: Mapping, list: TaskList, report: Report): ParsedTask | undefined {
  const { path } = list;
  const faults = shareFaults(raw, path);
  report(...faults);
  if (faults.length > 0) return undefined;
  const id = String(raw['id']);
  const parts = skillsOf(raw).map((skill) => ({ skill, raw: partOf(raw, { id: partId(id, skill), skill }) }));
  const shared = Object.entries(raw).filter(([key]) => !isOfParts(key));
  const fork = {
    ...Object.fromEntries(shared),
    type: 'FORK',
    branches: parts.map((part) => [part.raw]),
    output: Object.fromEntries(parts.map(({ skill }) => [skill, `\${result[${text(partId(id, skill))}]}`])),
  };
  const branch = { kind: 'branch', path, container: id } as const;
  const read = taskSchemas.FORK.safeParse(fork);
  if (!read.success) {
    const message = read.error.issues.map((issue) => issue.message).join('; ');
    report({ code: 'definition.bad-combination', message: `a shared task cannot be so: ${message}`, path });
    return undefined;
  }
  const nested = parts.map((part) => readSingle(part.raw, branch, () => undefined));

  return { text: { kind: 'FORK', value: read.data }, raw: fork, path, list, nested };
}

function skillsOf(raw: Mapping): readonly string[] {
  return [raw['requires'] ?? []].flat().map(String);
}

function isOfParts(key: string): boolean {
  return key === 'share' || key === 'requires' || keysOfParts.includes(key);
}

/** Whoever gets a part is told by its input which skill is asked for, as far as the input has members. */
function partOf(raw: Mapping, { id, skill }: { readonly id: string; readonly skill: string }): Mapping {
  const own = Object.entries(raw).filter(([key]) => keysOfParts.includes(key));
  const { input = {} } = raw;
  const told = isMapping(input) ? { skill, ...input } : input;

  return { ...Object.fromEntries(own), id, name: skill, requires: [skill], input: told };
}

/** Skills have names of any kind, ids have not. */
function partId(id: string, skill: string): string {
  return `${id}_${skill.toLowerCase().replace(/[^a-z0-9_-]+/g, '_')}`;
}

function text(value: string): string {
  return JSON.stringify(value);
}

function shareFaults(raw: Mapping, path: Path): readonly Finding[] {
  const code = 'definition.bad-combination';
  const misplaced = Object.keys(raw)
    .filter((key) => unshared.includes(key) || !(isOfParts(key) || key in taskSchemas.FORK.shape))
    .map((key) => ({
      code,
      message: `a shared task has no "${key}": ${whyUnshared(key)}`,
      path: [...path, key],
    }));
  const skills = skillsOf(raw);
  const unnamed = skills.find(isDynamic);
  const place = raw['requires'] === undefined ? [...path, 'share'] : [...path, 'requires'];
  if (unnamed !== undefined) {
    const message = `the skills of a shared task stand in the text: ${text(unnamed)} is made of an expression`;
    return [...misplaced, { code, message, path: place }];
  }
  if (new Set(skills).size >= 2) return misplaced;
  const message = `share: true takes two skills or more in "requires", found ${new Set(skills).size}: without "share" one agent gets the task`;

  return [...misplaced, { code, message, path: place }];
}

function whyUnshared(key: string): string {
  if (key === 'output')
    return 'its output is a mapping from each skill to what that part gave; reshape it in a TRANSFORM after it';
  if (key === 'station')
    return 'its parts are for the agents of this station; a sub-workflow with a shared task can be sent';

  return unshared.includes(key)
    ? 'those who offer its skills carry it out'
    : 'it is carried out in parts, and no part can have it';
}

function kindOfTask(raw: Mapping, path: Path, report: Report): TextType | undefined {
  const type = raw['type'];
  if (type === undefined) return 'SIMPLE';
  const kind =
    typeof type === 'string' && Object.hasOwn(typeSpellings, type) ? typeSpellings[type] : undefined;
  if (kind === undefined) {
    const name = typeof type === 'string' ? `"${type}"` : kindOf(type);
    const hint = typeof type === 'string' ? didYouMean(type, Object.keys(typeSpellings)) : '';
    report({
      code: 'definition.unknown-type',
      message: `no task type ${name}${hint}`,
      path: [...path, 'type'],
    });
  }

  return kind;
}

/** An unknown key may be the key of another type: then the type is what is wrong. */
function withOwner(finding: Finding, kind: TextType, path: Path): Finding {
  const key = finding.path.at(-1);
  if (finding.code !== 'definition.unknown-key' || finding.path.length !== path.length + 1) return finding;
  const owners = Object.entries(taskSchemas).filter(([, schema]) => Object.hasOwn(schema.shape, String(key)));
  if (owners.length === 0) return finding;
  const names = owners.map(([type]) => type).join(', ');

  return { ...finding, message: `the key "${key}" belongs to type ${names}; this task is ${kind}` };
}

function readNested(kind: TextType, raw: Mapping, { path }: TaskList, report: Report): readonly ParsedList[] {
  const id = typeof raw['id'] === 'string' ? { container: raw['id'] } : {};
  if (kind === 'DO_WHILE')
    return [readTasks(raw['tasks'], { kind: 'loop', path: [...path, 'tasks'], ...id }, report)];
  if (kind !== 'FORK') return [];

  const branches = Array.isArray(raw['branches']) ? (raw['branches'] as readonly Json[]) : [];
  const as = typeof raw['as'] === 'string' ? raw['as'] : 'item';
  const body = { kind: 'items', itemName: as, ...id } as const;

  return [
    ...branches.map((branch, index) =>
      readTasks(branch, { kind: 'branch', path: [...path, 'branches', index], ...id }, report),
    ),
    ...(raw['tasks'] === undefined
      ? []
      : [readTasks(raw['tasks'], { ...body, path: [...path, 'tasks'] }, report)]),
    ...(raw['task'] === undefined
      ? []
      : [readSingle(raw['task'], { ...body, path: [...path, 'task'] }, report)]),
  ];
}

function readSingle(value: Json, list: TaskList, report: Report): ParsedList {
  const task = readTask(value, list, report);

  return { ...list, tasks: task === undefined ? [] : [{ ...task, list }], unread: [] };
}
