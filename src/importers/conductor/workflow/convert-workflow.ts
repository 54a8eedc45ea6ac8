import type { Json } from '../../../../events/canonical-json.ts';
import type { ImportEntry } from '../../../ports/definitions/definition-import.ts';
import type { Context, ExpressionScope, SourcePlace } from '../context.ts';
import { createReport, speaker } from '../report.ts';
import { expandForks } from '../source/expand-forks.ts';
import { below, isArray, isMap, isUnset, type JsonMap, mapAt, numberAt } from '../source/parse-json.ts';
import { type ConductorTask, tasksOf } from '../source/task.ts';
import { convertList } from '../tasks/sequence.ts';
import { toTemplate } from '../templates.ts';
import { type Emitted, present, writeYaml } from '../write-yaml.ts';
import {
  type Built,
  conversionContext,
  type OtherDefinitions,
  type WorkflowSource,
} from './build-context.ts';
import { settingsOf } from './settings.ts';

export type ConvertedWorkflow = {
  readonly yaml: string;
  readonly entries: readonly ImportEntry[];
  /** The ids of the tasks, by reference name. */
  readonly ids: ReadonlyMap<string, string>;
};

/** One definition of Conductor as one of ours. */
export function convertWorkflow(source: WorkflowSource, around: OtherDefinitions): ConvertedWorkflow {
  const report = createReport();
  const { workflow, expanded } = expandForks(withReferences(source.raw));
  const context = conversionContext({ ...source, raw: workflow }, around, report);
  const say = speaker(report, { pointer: source.pointer });
  for (const { ref, branches } of expanded) {
    const reason = `the tasks of "${ref}" are written out, so that it is a FORK of ${branches} branches`;
    say.info('FORK_JOIN_DYNAMIC', reason, { became: 'FORK' });
  }
  const place: SourcePlace = { scope: emptyScope(context), pointer: source.pointer, say };
  const tasks = tasksOf(workflow['tasks'], below(source.pointer, 'tasks'));
  const { emitted } = convertList(tasks, place.scope, { after: [], before: undefined });
  const fields = fieldsOf(context, { tasks, emitted, place });
  const entries = report.entries();
  const yaml = writeYaml({
    comments: headComments(source, entries, emitted, context.ids),
    fields,
    tasks: annotated(emitted.length === 0 ? [nothingToDo] : emitted, entries, context.ids),
  });

  return { yaml, entries, ids: context.ids };
}

type Walked = {
  readonly tasks: readonly ConductorTask[];
  readonly emitted: readonly Emitted[];
  readonly place: SourcePlace;
};

/** The keys of the workflow before its tasks. What is read declares inputs and variables, so that they come last. */
function fieldsOf(context: Built, { tasks, emitted, place }: Walked): Readonly<Record<string, Json>> {
  const { workflow, name, version } = context;
  const id = context.workflowId(name);
  const settings = settingsOf(workflow, place);
  const output = outputOf(workflow, tasks, place);
  const initial = toTemplate(mapAt(workflow, 'variables'), { ...place, scope: emptyScope(context) });
  reportMissing(context, place.say.info);
  readInputs([...emitted, { id: '', fields: present({ output }), comments: [] }], context);

  return ordered(
    present({
      id,
      name: id === name ? undefined : name,
      ...settings,
      version,
      input: context.inputs.written(),
      output,
      variables: variablesOf(initial, context.variables),
    }),
  );
}

const nothingToDo: Emitted = {
  id: 'nothing',
  fields: { type: 'NOOP' },
  comments: ['The definition has no tasks.'],
};

function emptyScope(context: Context): ExpressionScope {
  return { context, visible: new Set(), certain: new Set(), reach: new Set(), loops: [], list: 'workflow' };
}

/** Without outputParameters the output of a run of Conductor is that of its last task. */
function outputOf(workflow: JsonMap, tasks: readonly ConductorTask[], place: SourcePlace): Json | undefined {
  const declared = mapAt(workflow, 'outputParameters');
  const at = { ...place, pointer: below(place.pointer, 'outputParameters') };
  if (!isUnset(declared)) return toTemplate(declared, at);
  const last = tasks.at(-1);
  const silent = [
    'TERMINATE',
    'SWITCH',
    'DECISION',
    'SET_VARIABLE',
    'NOOP',
    'FORK_JOIN',
    'START_WORKFLOW',
    'EVENT',
    'WAIT',
  ];
  if (last === undefined || silent.includes(last.type) || !place.scope.visible.has(last.ref))
    return undefined;
  const id = place.scope.context.ids.get(last.ref) ?? last.ref;
  place.say.warning(
    'outputParameters',
    'without them the output of a run of Conductor is that of its last task; here it stands under the id of that task',
    { became: `output: {${id}: ...}` },
  );

  return { [id]: toTemplate(`\${${last.ref}.output}`, at) };
}

function variablesOf(initial: Json, read: ReadonlySet<string>): Json | undefined {
  const given = isMap(initial) ? initial : {};
  const others = [...read].filter((name) => given[name] === undefined);
  const all = { ...given, ...Object.fromEntries(others.map((name) => [name, null])) };

  return Object.keys(all).length === 0 ? undefined : all;
}

function reportMissing({ missingDefinitions }: Context, say: SourcePlace['say']['info']): void {
  if (missingDefinitions.size === 0) return;
  const names = [...missingDefinitions].sort().join(', ');
  say(
    'taskDefinition',
    `retries and time-outs of these tasks are kept elsewhere in Conductor: ${names}; give these task definitions, too (\`workflow import --tasks\`)`,
  );
}

const order = ['id', 'name', 'description', 'labels', 'version'];

function ordered(fields: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  const first = order.flatMap((key): [string, Json][] =>
    fields[key] === undefined ? [] : [[key, fields[key]]],
  );

  return { ...Object.fromEntries(first), ...fields };
}

/** The version of a definition: ours begin at 1. */
export function versionOf(raw: JsonMap): number {
  return Math.max(1, Math.floor(numberAt(raw, 'version') ?? 1));
}

/** The comments at the head of a definition: what it was, and what concerns no single task of it. */
function headComments(
  { name, version }: WorkflowSource,
  entries: readonly ImportEntry[],
  emitted: readonly Emitted[],
  ids: ReadonlyMap<string, string>,
): readonly string[] {
  const written = new Set(emitted.flatMap(idsIn));
  const own = entries.filter(({ task }) => task === undefined || !written.has(ids.get(task) ?? task));
  const counts = [counted(entries, 'loss', 'losses'), counted(entries, 'warning', 'warnings')].filter(
    Boolean,
  );
  const summary =
    counts.length === 0
      ? 'Everything has an equivalent.'
      : `${counts.join(', ')}; each is said at its place.`;

  return [`Imported from the Conductor workflow "${name}", version ${version}. ${summary}`, ...notesOf(own)];
}

function counted(entries: readonly ImportEntry[], severity: 'loss' | 'warning', many: string): string {
  const count = entries.filter((entry) => entry.severity === severity).length;

  return count === 0 ? '' : `${count} ${count === 1 ? severity : many}`;
}

function idsIn({ id, nested }: Emitted): readonly string[] {
  const inner = nested === undefined ? [] : 'tasks' in nested ? nested.tasks : nested.branches.flat();

  return [id, ...inner.flatMap(idsIn)];
}

/** Each task with what is to be said of it as comments. */
function annotated(
  tasks: readonly Emitted[],
  entries: readonly ImportEntry[],
  ids: ReadonlyMap<string, string>,
): readonly Emitted[] {
  return tasks.map((task) => {
    const { nested } = task;
    const own = entries.filter((entry) => entry.task !== undefined && ids.get(entry.task) === task.id);
    const inner = (list: readonly Emitted[]): readonly Emitted[] => annotated(list, entries, ids);
    return {
      ...task,
      comments: [...notesOf(own), ...task.comments],
      ...(nested === undefined
        ? {}
        : {
            nested:
              'tasks' in nested ? { tasks: inner(nested.tasks) } : { branches: nested.branches.map(inner) },
          }),
    };
  });
}

function notesOf(entries: readonly ImportEntry[]): readonly string[] {
  return entries
    .filter(({ severity }) => severity !== 'info')
    .map(
      ({ severity, construct, reason, became }) =>
        `${severity.toUpperCase()} ${construct}: ${reason}${became === undefined ? '' : ` -> ${became}`}`,
    );
}

/**
 * A run of ours takes declared inputs only. What is read of the input as a whole is declared too; where the whole of
 * it goes somewhere, the report says that undeclared ones do not.
 */
function readInputs(tasks: readonly Emitted[], context: Built): void {
  const refs = new Map([...context.ids].map(([ref, id]) => [id, ref]));
  for (const { id, fields, nested } of tasks) {
    const text = JSON.stringify(fields);
    for (const [, name = ''] of text.matchAll(/\bworkflow\.input\.\??([A-Za-z_]\w*)/g)) {
      if (!context.inputs.has(name)) context.input(name);
    }
    if (/\bworkflow\.input(?!\.\??\w|\[)/.test(text)) reportWhole(context, refs.get(id));
    const inner = nested === undefined ? [] : 'tasks' in nested ? nested.tasks : nested.branches.flat();
    readInputs(inner, context);
  }
}

function reportWhole({ report, tasks, pointer }: Context, ref: string | undefined): void {
  const task = ref === undefined ? undefined : tasks.get(ref);
  const { warning } = speaker(report, task === undefined ? { pointer } : { task, pointer: task.pointer });
  warning(
    '${workflow.input}',
    'Conductor passes on whatever a run was given; here a run takes declared inputs only, those in `input`',
    { became: 'workflow.input' },
  );
}

const reference = /^[\w-]+\.(input|output)(\.[\w-]+)*$/;
const holders = new Set(['inputParameters', 'outputParameters']);

/** Schema version 1 writes `workflow.input.a` where version 2 writes `${workflow.input.a}`. */
function withReferences(workflow: JsonMap): JsonMap {
  return numberAt(workflow, 'schemaVersion') === 1 ? (rewritten(workflow, false) as JsonMap) : workflow;
}

function rewritten(value: Json, inside: boolean): Json {
  if (typeof value === 'string') return inside && reference.test(value) ? `\${${value}}` : value;
  if (isArray(value)) return value.map((each) => rewritten(each, inside));
  if (!isMap(value)) return value;

  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      rewritten(each, inside || (holders.has(key) && isMap(each))),
    ]),
  );
}
