import type { Json } from '../../../events/canonical-json.ts';
import { type Definition, type InputProperty, parseDefinitionName } from '../../definition.ts';
import type { Reference } from '../../expressions/outcome.ts';
import { inWords, type ValueType } from '../../expressions/typing/typing.ts';
import type { Performer, Task } from '../../task.ts';
import { typeFindings } from '../checks/expressions.ts';
import { inputFindings } from '../checks/triggers.ts';
import type { Finding } from '../finding.ts';
import { graphOf } from '../graph/task-graph.ts';
import { checkValue } from '../input-value.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { type KnownOutputs, namesInScope, shapeOfRules } from '../references/known-outputs.ts';
import { referencePlace } from '../references/reference-rules.ts';
import {
  outputShapes,
  type PossibleOutput,
  possibleOutputs,
  shapeOfGiven,
} from '../references/type-rules.ts';
import { didYouMean } from '../suggest.ts';
import { type ExpressionText, outputRead } from '../text/read-text.ts';
import type { Path } from '../text/yaml-node.ts';
import { isComputed, possibleNames } from './names.ts';
import type { KnownContract, KnownWorld } from './world.ts';

/** What a failure workflow gets besides the input of the run that failed. */
const told = ['error', 'original_run_id', 'failed_task'];

/** Definitions that are started exist, get the input that they take, and give the outputs that are read of them. */
export function checkChildren(outline: Outline, world: KnownWorld): readonly Finding[] {
  const known = knownFrom(outline.definition, world.definitions);

  return [
    ...(known === undefined
      ? []
      : [
          ...outline.sites.flatMap((site) =>
            calledBy(site.task, outline.definition).flatMap((name) => [
              ...childFindings(site, name, known),
              ...givenFindings(outline, site, { name, known }),
            ]),
          ),
          ...failureFindings(outline, known),
        ]),
    ...outputFindings(outline, outputsIn(outline.definition, { world, known, inside: [], seen: new Map() })),
  ];
}

/** The definition that is checked counts as well, whatever else there is of its id. */
function knownFrom(own: Definition, others: KnownWorld['definitions']): readonly KnownContract[] | undefined {
  if (others === undefined) return undefined;
  const { id, version } = own;

  return [
    ...others.filter((each) => each.id !== id || each.version !== version),
    { id, version, definition: own },
  ];
}

/** The names of the definitions that a task may start runs of, as far as they are known already. */
function calledBy(task: Task, definition: Definition): readonly string[] {
  const name =
    task.type === 'SUB_WORKFLOW'
      ? // What there is on another station is known there alone.
        task.station === undefined
        ? task.workflow
        : undefined
      : task.type === 'FORK' && task.body !== undefined && 'workflow' in task.body
        ? task.body.workflow
        : undefined;

  return name === undefined ? [] : possibleNames(name, definition);
}

function childFindings(site: TaskSite, name: string, known: readonly KnownContract[]): readonly Finding[] {
  const found = foundIn(known, name);
  const called = [...site.path, 'workflow'];
  if (typeof found === 'string')
    return [{ code: 'definition.unknown-workflow', message: found, path: called }];
  const { definition } = found;
  const given = site.raw['input'];
  if (definition === undefined) return [];
  // The items of a FORK are the input where it says none, and a list goes by the name of the item.
  if (given === undefined && site.task.type === 'FORK') return [];
  if (given !== undefined && !isMapping(given)) return [];

  return inputFindings(given ?? {}, definition.input, given === undefined ? called : site.path).map(
    (finding) => ({
      ...finding,
      message: `${name}: ${finding.message}`,
      // Nothing is said under `input` where it is missing.
      path: given === undefined ? called : finding.path,
    }),
  );
}

/** What expressions give to a child is of the type that it takes, and of its values where both are listed. */
function givenFindings(
  outline: Outline,
  site: TaskSite,
  { name, known }: { readonly name: string; readonly known: readonly KnownContract[] },
): readonly Finding[] {
  const found = foundIn(known, name);
  const taken = typeof found === 'string' ? undefined : found.definition?.input;
  const given = site.raw['input'] ?? itemGiven(site);
  if (taken === undefined || !isMapping(given)) return [];
  const key = site.raw['input'] === undefined ? 'workflow' : 'input';
  const { definition, graph } = outline;
  const visible = { definition, graph, names: namesInScope(site, key, graph) };

  return Object.entries(given).flatMap(([member, value]): readonly Finding[] => {
    const rules = Object.hasOwn(taken, member) ? taken[member] : undefined;
    const { type } = shapeOfGiven(value, visible);
    // An item that is a mapping is the input by itself.
    if (key === 'workflow' && (type === 'any' || type === 'map')) return [];
    const path = key === 'input' ? [...site.path, key, member] : [...site.path, key];
    // A condition may keep those values out for which there is no such run.
    const isSure = !graph.isConditional(site.task.id);
    const misfit = rules === undefined ? undefined : misfitOf(value, { rules, type, definition, isSure });
    if (misfit !== undefined)
      return [{ ...misfit, message: `${name}: the input "${member}" ${misfit.message}`, path }];
    if (rules !== undefined || key === 'input') return [];
    const rest = didYouMean(member, Object.keys(taken));
    const message = `${name}: no input "${member}", and each item goes by that name, which "as" says${rest}`;

    return [{ code: 'definition.undeclared-input', message, path }];
  });
}

function misfitOf(
  value: Json,
  {
    rules,
    type,
    definition,
    isSure,
  }: {
    readonly rules: InputProperty;
    readonly type: ValueType;
    readonly definition: Definition;
    readonly isSure: boolean;
  },
): Pick<Finding, 'code' | 'message'> | undefined {
  // Values that stand there as they are were held against the rules already.
  if (!JSON.stringify(value).includes('${')) return undefined;
  const wanted = shapeOfRules(rules).type;
  if (wanted !== type && wanted !== 'any' && type !== 'any' && type !== 'null')
    return { code: 'definition.wrong-type', message: `is ${inWords(wanted)}, and this is ${inWords(type)}` };
  const listed = isSure ? listedValues(value, definition) : [];
  const refused = listed.find((each) => checkValue(each, rules).length > 0);

  return refused === undefined
    ? undefined
    : { code: 'definition.bad-value', message: `may be ${JSON.stringify(refused)}, which it does not take` };
}

/** The item of a FORK over runs of a workflow that is given no other input, under its name. */
function itemGiven({ task }: TaskSite): Json | undefined {
  if (task.type !== 'FORK' || task.body === undefined || !('workflow' in task.body)) return undefined;

  return { [task.as ?? 'item']: '${item}' };
}

/** The values of an input with an enum that is given as it is. */
function listedValues(value: Json, { input }: Definition): readonly Json[] {
  const [, name = ''] = /^\$\{\s*workflow\.input\.(\w+)\s*\}$/.exec(String(value)) ?? [];

  return (Object.hasOwn(input, name) ? input[name]?.enum : undefined) ?? [];
}

/** The latest of an id, or the version that is named; or why there is none. */
function foundIn(known: readonly KnownContract[], name: string): KnownContract | string {
  const { id, version } = parseDefinitionName(name);
  const versions = known.filter((each) => each.id === id);
  const [latest] = [...versions].sort((a, b) => b.version - a.version);
  if (latest === undefined) {
    const ids = [...new Set(known.map((each) => each.id))];
    return `there is no definition "${id}"${didYouMean(id, ids)}`;
  }
  if (version === undefined) return latest;
  const there = versions.map((each) => each.version).sort((a, b) => a - b);

  return (
    versions.find((each) => each.version === version) ??
    `there is no version ${version} of "${id}", only ${there.join(', ')}`
  );
}

function failureFindings({ definition }: Outline, known: readonly KnownContract[]): readonly Finding[] {
  const { failureWorkflow } = definition;
  if (failureWorkflow?.kind !== 'named' || isComputed(failureWorkflow.id)) return [];
  const found = foundIn(known, failureWorkflow.id);
  const path = ['workflow', 'failure_workflow'];
  if (typeof found === 'string') return [{ code: 'definition.unknown-workflow', message: found, path }];
  const given = [...Object.keys(definition.input), ...told];
  const missing = Object.entries(found.definition?.input ?? {})
    .filter(([name, property]) => property.required && !given.includes(name))
    .map(([name]) => name);

  return missing.map((name) => ({
    code: 'definition.missing-key',
    message: `${failureWorkflow.id} needs the input "${name}"; it gets those of this workflow, ${told.join(', ')}`,
    path,
  }));
}

type OutputsOf = (task: Task) => Given | undefined;
/** What gives an output, and its members with their types. */
type Given = { readonly of: string; readonly members: KnownOutputs };

/** Where outputs are looked for: within the runs of the definitions `inside`, the outermost first. */
type Search = {
  readonly world: KnownWorld;
  readonly known: readonly KnownContract[] | undefined;
  readonly inside: readonly Definition[];
  /** What was found of other definitions. */
  readonly seen: Map<Definition, KnownOutputs>;
};

/** Definitions that start each other further down than this are not looked into. */
const insideMax = 16;

/** The members of what an action or another workflow gives, where they are all known. */
function outputsIn(definition: Definition, search: Search): OutputsOf {
  return (task) => {
    if (task.fallback.length > 0 || task.output?.kind === 'map') return undefined;

    return task.type === 'SIMPLE'
      ? actionOutputs(task.performer, search.world)
      : childOutputs(task, definition, search);
  };
}

function actionOutputs(performer: Performer, { actions = {} }: KnownWorld): ReturnType<OutputsOf> {
  if (performer.kind !== 'uses' || !Object.hasOwn(actions, performer.action)) return undefined;
  const given = actions[performer.action]?.outputs;
  if (given === undefined) return undefined;
  const members = new Map(Object.entries(given).map(([name, type]) => [name, { type }]));

  return { of: performer.action, members };
}

function childOutputs(task: Task, definition: Definition, search: Search): ReturnType<OutputsOf> {
  const called = task.type === 'SUB_WORKFLOW' && task.wait ? calledBy(task, definition) : [];
  const [first, ...others] = called;
  const found = first === undefined ? undefined : foundIn(search.known ?? [], first);
  // What one of several gives is not what the others do.
  if (first === undefined || others.length > 0 || typeof found !== 'object' || found.definition === undefined)
    return undefined;
  const members = membersOf(found.definition, search);

  return members.size === 0 ? undefined : { of: first, members };
}

/** Of a definition that starts itself, however far down, the types of its outputs follow from what is known so far. */
function membersOf(child: Definition, search: Search): KnownOutputs {
  const { inside, seen } = search;
  const known = seen.get(child);
  if (known !== undefined) return known;
  const isDeeper = inside.includes(child) || inside.length >= insideMax;
  const members = outputShapes(child, insideOf(child, search, isDeeper));
  if (!isDeeper) seen.set(child, members);

  return members;
}

/** What is known where the outputs of a definition are made. */
function insideOf(child: Definition, search: Search, isDeeper: boolean): Parameters<typeof outputShapes>[1] {
  const outputs = outputsIn(child, { ...search, inside: [...search.inside, child] });
  const graph = graphOf(child);

  return {
    ...{ definition: child, graph },
    outputs: (id) => {
      const task = isDeeper ? undefined : graph.sites.get(id)?.task;
      return task === undefined ? undefined : outputs(task)?.members;
    },
  };
}

/** What a run of a definition may give when it completes, with what its actions and other workflows give. */
export function possibleOutputsIn(
  definition: Definition,
  world: KnownWorld,
): readonly (PossibleOutput | null)[] {
  const known = knownFrom(definition, world.definitions);

  return possibleOutputs(
    definition,
    insideOf(definition, { world, known, inside: [], seen: new Map() }, false),
  );
}

function outputFindings(outline: Outline, of: OutputsOf): readonly Finding[] {
  const known = new Map(
    outline.sites.flatMap((site) => {
      const outputs = of(site.task);
      return outputs === undefined ? [] : [[site.task.id, outputs] as const];
    }),
  );
  const declared = outline.sites.flatMap((site): readonly Finding[] => {
    const outputs = known.get(site.task.id);
    if (outputs === undefined || site.task.output?.kind !== 'names') return [];

    return site.task.output.names.flatMap((name, index) =>
      outputs.members.has(name) ? [] : [unknownOutput(outputs, name, [...site.path, 'output', index])],
    );
  });

  return [...declared, ...readFindings(outline, known)];
}

function readFindings(outline: Outline, known: ReadonlyMap<string, Given>): readonly Finding[] {
  if (known.size === 0) return [];
  const outputs = (task: string): KnownOutputs | undefined => known.get(task)?.members;
  const texts = [
    ...outline.sites.flatMap((site) => taskExpressions(site).map((text) => ({ text, site }))),
    ...workflowExpressions(outline.workflow).ending.map((text) => ({ text, site: undefined })),
  ];

  return texts.flatMap(({ text, site }) => {
    const read = outline.readText(text);
    const references = (read.ok ? read.references : []).filter((reference) =>
      known.has(joinedRead(outline, reference)?.task ?? ''),
    );
    const unknown = references.flatMap((reference) => unknownRead(outline, known, { text, reference }));
    const names =
      site === undefined ? new Map() : namesInScope(site, String(text.path[site.path.length]), outline.graph);
    const visible = { definition: outline.definition, graph: outline.graph, names };
    // What is wrong whatever the world is was said before.
    if (unknown.length > 0 || typeFindings(text, visible).length > 0) return unknown;

    return typeFindings(text, { ...visible, outputs });
  });
}

/** The output that is read, be it of a JOIN, which has it under the name of the task that gave it. */
function joinedRead({ graph }: Outline, reference: Reference): ReturnType<typeof outputRead> {
  const read = outputRead(reference);
  const join = graph.sites.get(read?.task ?? '')?.task;
  const inner = reference.path.at(reference.path[0] === 'tasks' ? 4 : 3);
  if (join?.type !== 'JOIN' || join.output !== undefined || read?.output === undefined) return read;

  return { task: read.output, output: inner };
}

function unknownRead(
  outline: Outline,
  known: ReadonlyMap<string, Given>,
  { text, reference }: { readonly text: ExpressionText; readonly reference: Reference },
): readonly Finding[] {
  const { task = '', output } = joinedRead(outline, reference) ?? {};
  const given = known.get(task);
  // What the task declares itself is held against that.
  if (output === undefined || given === undefined || given.members.has(output)) return [];
  if (outline.graph.sites.get(task)?.task.output !== undefined) return [];
  const within = referencePlace(text.text, reference);

  return [{ ...unknownOutput(given, output, text.path), ...(within === undefined ? {} : { within }) }];
}

function unknownOutput({ of, members }: Given, name: string, path: Path): Finding {
  const names = [...members.keys()];
  const rest = didYouMean(name, names) || `; it gives ${names.join(', ')}`;

  return { code: 'definition.undeclared-output', message: `${of} gives no output "${name}"${rest}`, path };
}
