import type { Definition } from '../../definition.ts';
import type { Reference } from '../../expressions/outcome.ts';
import type { Task } from '../../task.ts';
import { insideOf } from '../graph/task-graph.ts';
import type { TaskGraph } from '../outline.ts';
import { didYouMean } from '../suggest.ts';
import type { Span } from '../text/source-text.ts';
import { knownOutputs, type NamesInScope, outputSchema, rulesAt } from './known-outputs.ts';

/** What the expressions at one place of a definition can see. */
export type Visible = {
  readonly definition: Definition;
  readonly graph: TaskGraph;
  /** The ids of all tasks, those that could not be read included. */
  readonly ids: ReadonlySet<string>;
  /** Whether a task may have run by then; undefined when that is not to be checked. */
  readonly before: ((id: string) => boolean) | undefined;
  /** Names besides those known everywhere, such as `item` in the body of a FORK. */
  readonly names: NamesInScope;
  /** Inputs besides the declared ones; undefined when the inputs are not known. */
  readonly inputs: readonly string[] | undefined;
  /** Whether there is no run yet, as in a trigger. */
  readonly noRun: boolean;
};

/** `sinceAccepted`: as of a finding. */
export type Fault = { readonly code: string; readonly message: string; readonly sinceAccepted?: true };

const roots = ['workflow', 'tasks', 'secrets'];

const members = ['output', 'status', 'error', 'attempt'];

const placed: Readonly<Record<string, string>> = {
  item: 'in the body of a FORK with for_each, or of a loop over items',
  index: 'in the body of a FORK with for_each, or of a loop over items',
  loop: 'in a DO_WHILE',
  event: 'in a trigger, in cancel_on, and in the match of a WAIT',
  signal: 'in the match of a WAIT',
  result: 'in the output mapping of a task',
  change: 'in a task that on_change of an approval names, and in those that follow from it',
};

/** What is wrong with a name that an expression reads, if anything is. */
export function checkReference(reference: Reference, visible: Visible): Fault | undefined {
  const [root = '', ...rest] = reference.path;
  if (visible.noRun && isOfRun(reference, visible)) return ofRun(reference);
  if (visible.names.has(root) || root === 'secrets') return undefined;
  if (root === 'workflow') return checkWorkflow(rest, visible);
  if (root === 'tasks') return rest[0] === undefined ? undefined : checkTask(rest[0], rest.slice(1), visible);
  if (visible.ids.has(root)) return checkTask(root, rest, visible);

  return unknownRoot(root, reference.expression, visible);
}

/** Whether only a run has what is read. */
function isOfRun({ path: [root = '', member] }: Reference, { ids }: Visible): boolean {
  if (root === 'workflow') return member !== undefined && member !== 'id';

  return root === 'secrets' || root === 'tasks' || ids.has(root);
}

function ofRun({ path }: Reference): Fault {
  const read = path.slice(0, 2).join('.');

  return fault('unknown-name', `${read} is known in a run only; a trigger reads event and workflow.id`);
}

/** The names of a task's output that it declares itself. */
export function declaredOutputs({ output, returns }: Task): readonly string[] | undefined {
  if (output === undefined) return returns?.members && Object.keys(returns.members);

  return output.kind === 'names' ? output.names : Object.keys(output.map);
}

/** The names of the variables of a run: initial ones and those that some task sets. */
function variableNames({ definition, graph }: Pick<Visible, 'definition' | 'graph'>): readonly string[] {
  const set = [...graph.sites.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? Object.keys(task.variables) : [],
  );

  return [...Object.keys(definition.variables), ...set];
}

function checkWorkflow([member, name]: readonly string[], visible: Visible): Fault | undefined {
  const known = ['input', 'id', 'run_id', 'variables'];
  if (member === undefined) return undefined;
  if (!known.includes(member)) {
    return fault(
      'unknown-name',
      `workflow has no "${member}", only ${known.join(', ')}${didYouMean(member, known)}`,
    );
  }
  if (name === undefined) return undefined;
  if (member === 'input' && visible.inputs !== undefined) {
    const inputs = [...Object.keys(visible.definition.input), ...visible.inputs];
    if (!inputs.includes(name))
      return fault('undeclared-input', `no input "${name}"${didYouMean(name, inputs)}`);
  }
  if (member === 'variables') {
    const variables = variableNames(visible);
    if (!variables.includes(name)) {
      return fault('unknown-variable', `no variable "${name}"${didYouMean(name, variables)}`);
    }
  }

  return undefined;
}

function checkTask(
  id: string,
  [member, name, ...deeper]: readonly string[],
  visible: Visible,
): Fault | undefined {
  if (!visible.ids.has(id)) return fault('unknown-task', `no task "${id}"${didYouMean(id, visible.ids)}`);
  if (visible.before !== undefined && !visible.before(id)) return notYetRun(id, visible);
  if (member === undefined) return undefined;
  if (!members.includes(member)) {
    const isOutput = outputsKnown(id, visible)?.has(member) === true;
    const meant = isOutput ? `; did you mean "${id}.output.${member}"?` : didYouMean(member, members);
    return fault('unknown-name', `a task has ${members.join(', ')}, no "${member}"${meant}`);
  }

  if (member !== 'output' || name === undefined) return undefined;

  return (
    checkOutput(id, name, visible) ??
    checkMember(id, [name, ...deeper], visible) ??
    checkJoined(id, [name, ...deeper], visible)
  );
}

/** A JOIN, and a FORK with branches, has the outputs of others under their names. */
function checkJoined(
  id: string,
  [name = '', member, ...deeper]: readonly string[],
  visible: Visible,
): Fault | undefined {
  const task = visible.graph.sites.get(id)?.task;
  const isJoin = task?.type === 'JOIN' || (task?.type === 'FORK' && task.branches !== undefined);
  if (!isJoin || task.output !== undefined || task.fallback.length > 0 || member === undefined)
    return undefined;

  const found = checkOutput(name, member, visible) ?? checkMember(name, [member, ...deeper], visible);

  return found && { ...found, sinceAccepted: true };
}

/** A member further down, of which the schema of the task says that it cannot be there. */
function checkMember(id: string, path: readonly string[], { graph }: Visible): Fault | undefined {
  const task = graph.sites.get(id)?.task;
  const schema = task === undefined ? undefined : outputSchema(task);
  if (schema === undefined) return undefined;
  for (let depth = 1; depth < path.length; depth += 1) {
    const around = rulesAt(schema, path.slice(0, depth));
    const name = path[depth] ?? '';
    if (around === undefined || around === 'none' || rulesAt(around, [name]) !== 'none') continue;
    const where = `${id}.output.${path.slice(0, depth).join('.')}`;
    const names = Object.keys(around.members ?? {});
    const rest = didYouMean(name, names) || `; it has ${names.join(', ')}`;
    return fault('undeclared-output', `${where} has no "${name}"${rest}`);
  }

  return undefined;
}

function outputsKnown(id: string, { graph }: Visible): ReturnType<typeof knownOutputs> | undefined {
  const taskOf = (each: string) => graph.sites.get(each)?.task;
  const task = taskOf(id);

  return task === undefined ? undefined : knownOutputs(task, taskOf);
}

function checkOutput(id: string, name: string, visible: Visible): Fault | undefined {
  const task = visible.graph.sites.get(id)?.task;
  const known = outputsKnown(id, visible);
  if (task === undefined || known === undefined || known.has(name)) return undefined;
  const names = [...known.keys()];
  const has =
    task.output === undefined && task.returns === undefined
      ? `the output of the ${task.type} "${id}" has no`
      : `"${id}" declares no output`;

  return fault('undeclared-output', `${has} "${name}"${didYouMean(name, names)}`);
}

function notYetRun(id: string, { graph, before }: Visible): Fault {
  const container = graph.sites.get(id)?.list.container;
  const reachable = container !== undefined && before?.(container) === true;
  if (reachable && !insideOf(graph.sites.get(container)?.task).includes(id)) {
    const message = `"${id}" runs once for every item: read ${container}.output.results instead`;
    return fault('not-yet-run', message);
  }

  const hint =
    graph.sites.get(id)?.list.kind === 'loop'
      ? 'is a depends_on missing? From one iteration to the next a SET_VARIABLE carries a value'
      : 'is a depends_on missing?';

  return fault('not-yet-run', `"${id}" cannot have run when this is read; ${hint}`);
}

function unknownRoot(root: string, expression: string, visible: Visible): Fault | undefined {
  const place = placed[root];
  if (place !== undefined) return fault('unknown-name', `"${root}" is known only ${place}`);
  // In an expression a hyphen is a minus, so that a task with one in its id needs the longer form.
  const hyphenated = [...visible.ids].find((id) => id.split('-').includes(root) && expression.includes(id));
  if (hyphenated !== undefined && hyphenated !== root) {
    // The rest of the id looks like further names; one word about it is enough.
    if (!hyphenated.startsWith(`${root}-`)) return undefined;
    return fault(
      'unknown-name',
      `no name "${root}"; for the task "${hyphenated}" write tasks["${hyphenated}"]`,
    );
  }
  if (['input', 'inputs', 'variables', 'vars'].includes(root)) {
    const meant = root.startsWith('v') ? 'workflow.variables' : 'workflow.input';
    return fault('unknown-task', `no task or name "${root}"; did you mean "${meant}"?`);
  }
  const candidates = [...visible.ids, ...roots, ...visible.names.keys()];

  return fault('unknown-task', `no task or name "${root}"${didYouMean(root, candidates)}`);
}

function fault(code: string, message: string): Fault {
  return { code: `definition.${code}`, message };
}

/** Where in a text a name stands that an expression in it reads; undefined when it is written in an unusual way. */
export function referencePlace(text: string, { path, expression }: Reference): Span | undefined {
  const [root = '', second] = path;
  const from = Math.max(0, text.indexOf(expression));
  const indexed =
    second === undefined ? [] : [`${root}["${second}"]`, `${root}['${second}']`, `${root}.${second}`];
  for (const written of [path.join('.'), ...indexed, root]) {
    const start = indexOfName(text, written, from);
    if (start !== -1) return { start, end: start + written.length };
  }

  return undefined;
}

/** The first place where the name stands by itself, not as the end or beginning of a longer one. */
function indexOfName(text: string, name: string, from: number): number {
  for (let at = text.indexOf(name, from); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!/[\w.]/.test(text[at - 1] ?? ' ') && !/\w/.test(text[at + name.length] ?? ' ')) return at;
  }

  return -1;
}
