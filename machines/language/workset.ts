import { dump } from 'js-yaml';
import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import type { Finding } from './finding.ts';
import { isMapping, type Mapping } from './mapping.ts';
import { kindOf, unknownKey } from './schema/shapes.ts';
import { worksetDefinition, worksetItem, workset as worksetSchema } from './schema/workflow.ts';
import type { Path } from './text/yaml-node.ts';

/** The label by which the definition that a workset becomes is told from others; its value is the id. */
/** The label that tells a workset from other definitions. */
const worksetLabel = 'workset';

/** What the station writes into a workset as it goes on: read from the run, and not from the file. */
export const reported = [
  ...['created', 'updated', 'status', 'tasks', 'failures', 'approvals'],
  'workflow_instance',
];

const keys = Object.keys(worksetSchema.shape);
const itemKeys = Object.keys(worksetItem.shape);
const oneKeys = Object.keys(worksetDefinition.shape);

/** A workset as the definition that carries it out, with its text, and where the parts of it came from. */
type CompiledWorkset = {
  readonly raw: Json;
  readonly text: string;
  readonly findings: readonly Finding[];
  /** The place in the workset of what stands at a place of the definition. */
  readonly place: (path: Path) => Path;
};

/** The document of a workset; undefined where it is none. */
export function worksetIn(raw: Json): Mapping | undefined {
  const workset = isMapping(raw) && raw['workflow'] === undefined ? raw['workset'] : undefined;

  return isMapping(workset) ? workset : undefined;
}

/** Whether a definition was made of a workset. */
export function isWorkset({ id, labels }: Pick<Definition, 'id' | 'labels'>): boolean {
  return labels[worksetLabel] === id;
}

/**
 * A workset is carried out by a run of an ordinary definition, in which each item is a SUB_WORKFLOW. What is stored is
 * that definition: another release may compile worksets otherwise without changing what runs go by.
 */
export function compileWorkset(workset: Mapping, root: Json): CompiledWorkset {
  const single = isMapping(workset['workflow']) ? workset['workflow'] : undefined;
  const items = single === undefined ? workset['items'] : [itemOf(workset, single)];
  const raw = { workflow: workflowOf(workset, items, single) };
  const place = (path: Path): Path => placeOf(path, single !== undefined);

  return { raw, text: textOf(workset, raw), findings: findingsIn(workset, { root, single }), place };
}

/** The form of the station: one definition, whose inputs are given with the start where the workset has none. */
function itemOf(workset: Mapping, { definition = '', input }: Mapping): Json {
  const given = input ?? (workset['input'] === undefined ? '${workflow.input.input}' : undefined);
  const id = typeof definition === 'string' ? definition.replace(/@.*$/, '') : 'item';

  return { id, workflow: definition, ...(given === undefined ? {} : { input: given }) };
}

function workflowOf(workset: Mapping, items: Json | undefined, single: Mapping | undefined): Json {
  const {
    id = '',
    name,
    goal,
    version = 1,
    owner,
    key,
    labels,
    stratos,
    timeout,
    concurrency,
    triggers,
    retention,
    expose,
  } = workset;
  const isAsked = single !== undefined && single['input'] === undefined && workset['input'] === undefined;
  const input = isAsked ? givenLater : workset['input'];
  const tasks = Array.isArray(items) ? tasksOf(items as readonly Json[], workset) : items;

  return without({
    ...{ id, name, version, stratos, description: goal, key },
    labels: isMapping(labels ?? {}) ? marked(labels, { owner, id }) : labels,
    ...{ input, timeout, concurrency, triggers, retention, expose, tasks },
    output: Array.isArray(tasks) ? endsOf(tasks as readonly Json[]) : undefined,
  });
}

const givenLater = {
  properties: { input: { type: 'object', default: {}, description: 'The input of its definition.' } },
};

function marked(labels: Json | undefined, { owner, id }: { owner: Json | undefined; id: Json }): Json {
  return without({ ...(isMapping(labels) ? labels : {}), owner, [worksetLabel]: id });
}

function tasksOf(items: readonly Json[], workset: Mapping): readonly Json[] {
  const usual = workset['on_failure'];
  const known = items.filter(isMapping);
  const mayLack = known.some(
    (item) => (item['on_failure'] ?? usual) === 'continue' || item['when'] !== undefined,
  );

  return items.map((item) => (isMapping(item) ? taskOf(item, { usual, mayLack }) : item));
}

/** Where items may be missing in the end, one that depends on others begins only when all of them completed. */
function taskOf(
  item: Mapping,
  { usual, mayLack }: { readonly usual: Json | undefined; readonly mayLack: boolean },
): Json {
  const { id = '', name, description, workflow, input, depends_on, when, timeout, retry_policy } = item;
  const before = [depends_on ?? []].flat().flatMap((each) => (typeof each === 'string' ? [each] : []));
  const isGuarded = mayLack && before.length > 0;
  const own = typeof when === 'string' ? [`(${bare(when)})`] : [];

  return without({
    ...{ id, name, description, type: 'SUB_WORKFLOW', workflow, input, depends_on },
    join: isGuarded ? 'all_done' : undefined,
    when: isGuarded ? [completed(before), ...own].join(' && ') : when,
    optional: (item['on_failure'] ?? usual) === 'continue' ? true : undefined,
    ...{ timeout, retry_policy },
  });
}

/** Whether all of these completed, in the shorter of two ways where there are many. */
function completed(ids: readonly string[]): string {
  if (ids.length <= eachMax) return ids.map((id) => `${statusOf(id)} == "COMPLETED"`).join(' && ');

  return `[${ids.map(statusOf).join(', ')}].all(status, status == "COMPLETED")`;
}

/** The check for absence reads single questions about a status; more than so many are too long for one expression. */
const eachMax = 12;

/** A condition without the `${ }` that may be written around all of it. */
function bare(when: string): string {
  return /^\s*\$\{([^{}]*)\}\s*$/.exec(when)?.[1] ?? when;
}

/** How each item ended, for whoever started it as a part of something. */
function endsOf(tasks: readonly Json[]): Json {
  const ids = tasks.flatMap((task) =>
    isMapping(task) && typeof task['id'] === 'string' ? [task['id']] : [],
  );

  return { items: Object.fromEntries(ids.map((id) => [id, `\${${statusOf(id)}}`])) };
}

function statusOf(id: string): string {
  return `tasks[${JSON.stringify(id)}].status`;
}

function findingsIn(
  workset: Mapping,
  { root, single }: { readonly root: Json; readonly single: Mapping | undefined },
): readonly Finding[] {
  const items = Array.isArray(workset['items']) ? (workset['items'] as readonly Json[]) : [];
  const missing = single === undefined && workset['items'] === undefined;

  return [
    ...unknownIn(isMapping(root) ? root : {}, ['workset'], []),
    ...unknownIn(workset, keys, ['workset'], reported),
    ...(single === undefined ? [] : unknownIn(single, oneKeys, ['workset', 'workflow'])),
    ...items.flatMap((item, at) =>
      isMapping(item) ? unknownIn(item, itemKeys, ['workset', 'items', at]) : [],
    ),
    ...[workset, ...items].flatMap((each, at) => policyFinding(each, at === 0 ? [] : ['items', at - 1])),
    ...(missing ? [fault('missing-key', 'the key "items" is missing', ['workset'])] : []),
    ...(single !== undefined && workset['items'] !== undefined
      ? [fault('bad-combination', 'a workset has items, or one workflow', ['workset', 'workflow'])]
      : []),
    ...(workset['workflow'] !== undefined && single === undefined
      ? [
          fault('wrong-type', `expected {definition: id}, found ${kindOf(workset['workflow'])}`, [
            ...['workset', 'workflow'],
          ]),
        ]
      : []),
  ];
}

function unknownIn(
  mapping: Mapping,
  allowed: readonly string[],
  path: Path,
  more: readonly string[] = [],
): readonly Finding[] {
  return Object.keys(mapping)
    .filter((key) => !allowed.includes(key) && !more.includes(key))
    .map((key) => ({ ...fault('unknown-key', unknownKey(key, allowed), [...path, key]), at: 'key' }));
}

function policyFinding(value: Json, path: Path): readonly Finding[] {
  const policy = isMapping(value) ? value['on_failure'] : undefined;
  if (policy === undefined || policy === 'stop' || policy === 'continue') return [];

  return [fault('bad-value', 'expected stop or continue', ['workset', ...path, 'on_failure'])];
}

function fault(name: string, message: string, path: Path): Finding {
  return { code: `definition.${name}`, message, path };
}

function placeOf([head, key, at, ...rest]: Path, isSingle: boolean): Path {
  if (head !== 'workflow') return [];
  if (key === undefined) return ['workset'];
  if (key === 'description') return ['workset', 'goal'];
  if (key !== 'tasks') return ['workset', ...[key, at, ...rest].filter((part) => part !== undefined)];
  if (!isSingle) return ['workset', 'items', ...[at, ...rest].filter((part) => part !== undefined)];
  const [of = 'workflow', ...below] = rest;

  return ['workset', 'workflow', of === 'workflow' ? 'definition' : of, ...below];
}

function textOf({ id }: Mapping, raw: Json): string {
  return `# The definition of the workset ${JSON.stringify(id ?? '')}.\n${dump(raw, { noRefs: true, lineWidth: -1 })}`;
}

function without(values: Readonly<Record<string, Json | undefined>>): Mapping {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
