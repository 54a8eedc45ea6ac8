import { isBlobRef } from '../../events/blob-ref.ts';
import type { Json } from '../../events/canonical-json.ts';
import { sealedWith } from '../../events/sealed-text.ts';
import { bodyTasks } from '../chart/plan.ts';
import type { RunState, TaskState } from '../chart/run/run-state.ts';
import { type Address, bodyOf, type Owner, parseAddress, passOf, tasksIn } from '../chart/task-at.ts';
import { isOpenBody, statusOf } from '../chart/task-status.ts';
import { itemAt, itemsOf } from '../chart/tasks/body.ts';
import { membersOf, signalsSpread } from '../chart/tasks/output-mapping.ts';
import type { Reference, Scope } from '../expressions/template.ts';
import { unclaimed } from './record/claim-check.ts';
import type { Run } from './run.ts';

/**
 * The values that the references of an expression can see, and no more: the rest of the run is not copied. `address`
 * is the task that the expression belongs to: inside of a body it sees the tasks of its own pass before those around.
 */
export function scopeOf(run: Run, references: readonly Reference[], address = ''): Scope {
  const owners = parseAddress(address)?.owners ?? [];
  const scope: Record<string, unknown> = {};
  for (const name of new Set(references.map(({ path }) => path[0] ?? ''))) {
    const value = named(run, name, owners, address);
    if (value !== undefined) scope[name] = value;
  }

  return scope;
}

function named(run: Run, name: string, owners: readonly Owner[], address: string): Json | undefined {
  if (name === 'workflow') return workflowValue(run);
  if (name === 'tasks') return tasksValue(run, owners, address);
  if (name === 'secrets') return run.aside.secrets;
  if (name === 'loop') return loopValue(run, owners, address);
  const change = name === 'change' ? changeValue(run, owners) : undefined;
  if (change !== undefined) return change;
  const passing = passValue(run, name, owners, address);
  if (passing !== undefined) return passing;
  const task = taskNamed(run, name, owners);

  return task === undefined ? undefined : taskValue(run, task);
}

function workflowValue(run: Run): Json {
  const { id, version, name } = run.chart.definition;
  const { state } = run;

  return {
    id,
    version,
    name: name ?? id,
    run_id: state.run,
    started_at: state.startedAt,
    input: inputValue(run),
    variables: unclaimed(run, state.variables),
  };
}

/** Secret values are not part of the state. One that is not at hand is missing: nothing goes on with `***`. */
function inputValue(run: Run): Json {
  const input = unclaimed(run, withoutSecrets(run));
  const { secretInput } = run.aside;

  return Object.keys(secretInput).length === 0
    ? input
    : { ...(input as Readonly<Record<string, Json>>), ...secretInput };
}

function withoutSecrets({ state, chart }: Run): Json {
  if (!chart.hasSecrets) return state.input;
  const { input } = chart.definition;

  return Object.fromEntries(Object.entries(state.input).filter(([name]) => input[name]?.secret !== true));
}

/**
 * The tasks that an expression sees by their ids: those of its own pass, and those of every pass around it. The
 * condition of a loop sees those of the pass that just ended.
 */
function tasksValue(run: Run, owners: readonly Owner[], address: string): Json {
  const seen: Record<string, Json> = {};
  for (let depth = 0; depth <= owners.length; depth += 1) {
    const tasks = tasksIn(run.state.tasks, owners.slice(0, depth)) ?? {};
    for (const [id, task] of Object.entries(tasks)) seen[id] = taskValue(run, task);
  }
  const own = ownBody(run, address)?.body;
  const ended = own === undefined ? undefined : itemAt(own, own.opened - 1)?.tasks;
  for (const [id, task] of Object.entries(ended ?? {})) seen[id] = taskValue(run, task);

  return seen;
}

/** Looks from the inside out; a task of a loop can be read from outside, as its latest pass left it. */
function taskNamed(run: Run, name: string, owners: readonly Owner[]): TaskState | undefined {
  const place = run.chart.plan.get(name);
  if (place === undefined) return undefined;
  for (let depth = owners.length; depth >= 0; depth -= 1) {
    const tasks = tasksIn(run.state.tasks, owners.slice(0, depth));
    const found =
      tasks?.[name] ?? (tasks === undefined ? undefined : latestInside(run, tasks, place.owner, name));
    if (found !== undefined) return found;
  }

  return { state: 'waiting', attempt: 0 };
}

function latestInside(
  run: Run,
  tasks: RunState['tasks'],
  owner: string | undefined,
  name: string,
): TaskState | undefined {
  if (owner === undefined) return undefined;
  const outer = run.chart.plan.get(owner)?.owner;
  const holder = tasks[owner] ?? latestInside(run, tasks, outer, owner);
  if (holder?.body === undefined) return undefined;
  const pass = passOf(holder, { id: owner, attempt: holder.attempt, index: holder.body.opened - 1 });

  return pass?.tasks?.[name];
}

/** `item`, `index` and the name that the definition gives the item, of the innermost pass that has them. */
function passValue(run: Run, name: string, owners: readonly Owner[], address: string): Json | undefined {
  for (let depth = owners.length - 1; depth >= 0; depth -= 1) {
    const found = valueOfPass(run, name, owners.slice(0, depth + 1));
    if (found !== undefined) return found;
  }

  return name === 'item' || name === 'index' ? ownItem(run, name, address) : undefined;
}

/** The same of the pass that the last owner names; undefined where it works on no list, or calls nothing so. */
function valueOfPass(run: Run, name: string, owners: readonly Owner[]): Json | undefined {
  const owner = owners.at(-1);
  if (owner === undefined) return undefined;
  const holder = tasksIn(run.state.tasks, owners.slice(0, -1))?.[owner.id];
  const list = bodyOf(holder, owner.attempt)?.list;
  if (list === undefined) return undefined;
  if (name === 'index') return owner.index;
  const place = run.chart.plan.get(owner.id)?.task;
  const called = place?.type === 'FORK' ? (place.as ?? 'item') : 'item';
  if (name !== called && name !== 'item') return undefined;

  return (unclaimed(run, list) as readonly Json[])[owner.index] ?? null;
}

/** The condition of a loop over items is about the item of the pass that just ended. */
function ownItem(run: Run, name: string, address: string): Json | undefined {
  const body = ownBody(run, address)?.body;
  if (body?.list === undefined || body.opened === 0) return undefined;
  if (name === 'index') return body.opened - 1;

  return (unclaimed(run, body.list) as readonly Json[])[body.opened - 1] ?? null;
}

/** In the body of a loop `loop.iteration` counts its passes, from 1; so it does in the condition of the loop. */
function loopValue(run: Run, owners: readonly Owner[], address: string): Json | undefined {
  const own = ownBody(run, address);
  if (own?.body !== undefined) return { iteration: own.body.opened };
  const loop = owners.findLast(({ id }) => run.chart.plan.get(id)?.task.type === 'DO_WHILE');

  return loop === undefined ? undefined : { iteration: loop.index + 1 };
}

/** What the passes gave that came before the one that a task is in, of the loop around it; as far as they are kept. */
export function passesBefore(run: Run, address: string): readonly Json[] {
  const owners = parseAddress(address)?.owners ?? [];
  const at = owners.findLastIndex(({ id }) => run.chart.plan.get(id)?.task.type === 'DO_WHILE');
  const loop = owners[at];
  if (loop === undefined) return [];
  const body = bodyOf(tasksIn(run.state.tasks, owners.slice(0, at))?.[loop.id], loop.attempt);
  const before = body === undefined ? [] : [...itemsOf(body)].filter(([index]) => index < loop.index);

  return before.map(([, { output = null }]) => unclaimed(run, output));
}

/**
 * The change that was asked for last by an approval of the same pass, or of one around it; a round of 0 where none was.
 * Undefined where no approval takes one.
 */
function changeValue(run: Run, owners: readonly Owner[]): Json | undefined {
  for (let depth = owners.length; depth >= 0; depth -= 1) {
    const owner = owners[depth - 1]?.id;
    const asking = [...run.chart.plan.values()].filter(
      (place) => place.owner === owner && place.task.type === 'HUMAN' && place.task.onChange !== undefined,
    );
    if (asking.length === 0) continue;
    const tasks = tasksIn(run.state.tasks, owners.slice(0, depth));
    const last = asking
      .flatMap(({ task: { id } }) =>
        (tasks?.[id]?.changes ?? []).map((each, index) => ({ ...each, round: index + 1 })),
      )
      .reduce((latest, each) => (each.at >= latest.at ? each : latest), {
        at: '',
        round: 0,
        by: '',
        comment: '',
      });
    return { round: last.round, by: last.by, comment: unclaimed(run, last.comment) };
  }

  return undefined;
}

function ownBody(run: Run, text: string): TaskState | undefined {
  const address: Address | undefined = parseAddress(text);
  const place = address === undefined ? undefined : run.chart.plan.get(address.id)?.task;
  if (address === undefined || place?.type !== 'DO_WHILE' || bodyTasks(place) === undefined) return undefined;
  const task = tasksIn(run.state.tasks, address.owners)?.[address.id];

  return task !== undefined && isOpenBody(task) ? task : undefined;
}

function taskValue(run: Run, task: TaskState): Json {
  const { error } = task;

  return {
    status: statusOf(task.state),
    attempt: task.attempt,
    output: outputOf(run, task.output ?? null),
    error:
      error === undefined
        ? null
        : {
            code: error.code,
            message: unclaimed(run, error.message),
            retryable: error.retryable,
            details: unclaimed(run, error.details ?? null),
          },
  };
}

/**
 * An output with the content of every reference. The members of what came with a signal stand beside those of the WAIT,
 * also where the signal was too large for the journal.
 */
export function outputOf(run: Run, output: Json): Json {
  const content = unclaimed(run, output);
  const value = content === output ? content : unclaimed(run, signalsSpread(output));
  const { timed_out: late, data = null } = membersOf(output);
  // What is sealed is known only now.
  if (late !== false || !(isBlobRef(data) || sealedWith(data) !== undefined)) return value;
  const members = membersOf(value);

  return { ...membersOf(members['data'] ?? null), ...members };
}
