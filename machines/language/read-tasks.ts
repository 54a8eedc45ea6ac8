import type { Json } from '../../events/canonical-json.ts';
import type { Finding } from './finding.ts';
import type { ParsedList, ParsedTask, TaskList } from './outline.ts';
import { kindOf } from './schema/shapes.ts';
import { type TaskText, taskSchemas, typeSpellings } from './schema/task-types.ts';
import { didYouMean } from './suggest.ts';
import { type Mapping, parseSalvaging } from './text/salvage.ts';
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

export function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

  return { text: { kind, value } as TaskText, raw, path, list, nested };
}

function kindOfTask(raw: Mapping, path: Path, report: Report): TaskText['kind'] | undefined {
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
function withOwner(finding: Finding, kind: TaskText['kind'], path: Path): Finding {
  const key = finding.path.at(-1);
  if (finding.code !== 'definition.unknown-key' || finding.path.length !== path.length + 1) return finding;
  const owners = Object.entries(taskSchemas).filter(([, schema]) => Object.hasOwn(schema.shape, String(key)));
  if (owners.length === 0) return finding;
  const names = owners.map(([type]) => type).join(', ');

  return { ...finding, message: `the key "${key}" belongs to type ${names}; this task is ${kind}` };
}

function readNested(
  kind: TaskText['kind'],
  raw: Mapping,
  { path }: TaskList,
  report: Report,
): readonly ParsedList[] {
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
