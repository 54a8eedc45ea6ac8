import { type Definition, parseDefinitionName } from '../../definition.ts';
import type { Reference } from '../../expressions/outcome.ts';
import type { Performer } from '../../task.ts';
import { typeFindings } from '../checks/expressions.ts';
import { inputFindings } from '../checks/triggers.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { isMapping } from '../read-tasks.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { type KnownOutputs, namesInScope, typesOfOutput } from '../references/known-outputs.ts';
import { referencePlace } from '../references/reference-rules.ts';
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
            calledBy(site, outline.definition).flatMap((called) => childFindings(site, called, known)),
          ),
          ...failureFindings(outline, known),
        ]),
    ...outputFindings(outline, outputsOf(outline, world, known)),
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

type Called = { readonly name: string; readonly path: Path };

/** The definitions that a task may start runs of, as far as their names are known already. */
function calledBy({ task, path }: TaskSite, definition: Definition): readonly Called[] {
  const name =
    task.type === 'SUB_WORKFLOW'
      ? task.workflow
      : task.type === 'FORK' && task.body !== undefined && 'workflow' in task.body
        ? task.body.workflow
        : undefined;

  if (name === undefined) return [];

  return possibleNames(name, definition).map((each) => ({ name: each, path: [...path, 'workflow'] }));
}

function childFindings(site: TaskSite, called: Called, known: readonly KnownContract[]): readonly Finding[] {
  const found = foundIn(known, called.name);
  if (typeof found === 'string')
    return [{ code: 'definition.unknown-workflow', message: found, path: called.path }];
  const { definition } = found;
  const given = site.raw['input'];
  if (definition === undefined) return [];
  // The items of a FORK are the input where it says none, and a list goes by the name of the item.
  if (given === undefined && site.task.type === 'FORK') return [];
  if (given !== undefined && !isMapping(given)) return [];

  return inputFindings(given ?? {}, definition.input, given === undefined ? called.path : site.path).map(
    (finding) => ({
      ...finding,
      message: `${called.name}: ${finding.message}`,
      // Nothing is said under `input` where it is missing.
      path: given === undefined ? called.path : finding.path,
    }),
  );
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

type OutputsOf = (site: TaskSite) => Given | undefined;
/** What gives an output, and its members with their types. */
type Given = { readonly of: string; readonly members: KnownOutputs };

/** The members of what an action or another workflow gives, where they are all known. */
function outputsOf(
  { definition }: Outline,
  world: KnownWorld,
  known: readonly KnownContract[] | undefined,
): OutputsOf {
  return (site) => {
    const { task } = site;
    if (task.fallback.length > 0 || task.output?.kind === 'map') return undefined;

    return task.type === 'SIMPLE'
      ? actionOutputs(task.performer, world)
      : childOutputs(site, definition, known);
  };
}

function actionOutputs(performer: Performer, { actions = {} }: KnownWorld): ReturnType<OutputsOf> {
  if (performer.kind !== 'uses' || !Object.hasOwn(actions, performer.action)) return undefined;
  const given = actions[performer.action]?.outputs;

  return given && { of: performer.action, members: new Map(Object.entries(given)) };
}

function childOutputs(
  site: TaskSite,
  definition: Definition,
  known: readonly KnownContract[] = [],
): ReturnType<OutputsOf> {
  const called = site.task.type === 'SUB_WORKFLOW' && site.task.wait ? calledBy(site, definition) : [];
  const [first, ...others] = called;
  const found = first === undefined ? undefined : foundIn(known, first.name);
  // What one of several gives is not what the others do.
  if (first === undefined || others.length > 0 || typeof found !== 'object' || found.definition === undefined)
    return undefined;
  const members = typesOfOutput(found.definition.output);

  return members.size === 0 ? undefined : { of: first.name, members };
}

function outputFindings(outline: Outline, of: OutputsOf): readonly Finding[] {
  const known = new Map(
    outline.sites.flatMap((site) => {
      const outputs = of(site);
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
  const outputs = new Map([...known].map(([task, { members }]) => [task, members]));
  const texts = [
    ...outline.sites.flatMap((site) => taskExpressions(site).map((text) => ({ text, site }))),
    ...workflowExpressions(outline.workflow).ending.map((text) => ({ text, site: undefined })),
  ];

  return texts.flatMap(({ text, site }) => {
    const read = outline.readText(text);
    const references = (read.ok ? read.references : []).filter((reference) =>
      known.has(outputRead(reference)?.task ?? ''),
    );
    if (references.length === 0) return [];
    const unknown = references.flatMap((reference) => unknownRead(outline, known, { text, reference }));
    const names =
      site === undefined
        ? new Set<string>()
        : namesInScope(site, String(text.path[site.path.length]), outline.graph);
    const visible = { definition: outline.definition, graph: outline.graph, names };
    // What is wrong whatever the world is was said before.
    if (unknown.length > 0 || typeFindings(text, visible).length > 0) return unknown;

    return typeFindings(text, { ...visible, outputs });
  });
}

function unknownRead(
  outline: Outline,
  known: ReadonlyMap<string, Given>,
  { text, reference }: { readonly text: ExpressionText; readonly reference: Reference },
): readonly Finding[] {
  const { task = '', output } = outputRead(reference) ?? {};
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
