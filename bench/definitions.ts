import { type LoadedDefinition, loadDefinition } from '../machines/language/load-definition.ts';

/** `count` tasks one after another. */
export function sequential(count: number): LoadedDefinition {
  return load(
    `sequential-${count}`,
    Array.from({ length: count }, (_, index) => taskLine(`t${index}`, index === 0 ? [] : [`t${index - 1}`])),
  );
}

/** `count` tasks for the workers of an agent: one after another, or side by side and one that waits for them all. */
export function assigned(count: number, agent: string, isFork = false): LoadedDefinition {
  const ids = Array.from({ length: count }, (_, index) => `t${index}`);
  const before = (index: number) => (isFork || index === 0 ? [] : [ids[index - 1]]);
  const line = (id: string, dependsOn: readonly (string | undefined)[]) =>
    `    - {id: ${id}, assigned_to: ${agent}, depends_on: [${dependsOn.join(', ')}]}`;

  return load(`assigned-${isFork ? 'fork-' : ''}${count}`, [
    ...ids.map((id, index) => line(id, before(index))),
    ...(isFork ? [line('join', ids)] : []),
  ]);
}

/** `count` tasks side by side, and one that waits for them all. */
export function forkJoin(count: number): LoadedDefinition {
  const branches = Array.from({ length: count }, (_, index) => `branch${index}`);

  return load(`fork-${count}-join`, [...branches.map((id) => taskLine(id, [])), taskLine('join', branches)]);
}

/** `count` agents' tasks side by side, each tried three times, and one that waits for them all. */
export function retried(count: number): LoadedDefinition {
  const ids = Array.from({ length: count }, (_, index) => `branch${index}`);
  const retry = 'retry_policy: {max_attempts: 3, initial_delay: 1s}';
  const branches = ids.map((id) => `    - {id: ${id}, assigned_to: a, ${retry}}`);

  return load(`retried-${count}`, [
    ...branches,
    `    - {id: join, assigned_to: a, depends_on: [${ids.join(', ')}]}`,
  ]);
}

/** One task for every item of the list that the run is given. */
export function forEach(): LoadedDefinition {
  const body = 'tasks: [{id: one, uses: noop, input: {n: "${n}"}}]';
  const fork = `    - {id: all, type: FORK, for_each: "\${workflow.input.list}", as: n, concurrency: 100, ${body}}`;

  return load('for-each', [fork], 'input: {required: [list]}');
}

/** All items of the list that the run is given at once, for whoever `performer` (YAML) says. */
export function wideFork(performer: string): LoadedDefinition {
  const body = `tasks: [{id: one, ${performer}}]`;
  const fork = `    - {id: all, type: FORK, for_each: "\${workflow.input.list}", as: n, concurrency: 1000, ${body}}`;

  return load(
    `wide-fork-${performer.replace(/\W+/g, '-').toLowerCase()}`.replace(/-$/, ''),
    [fork],
    'input: {required: [list]}',
  );
}

/** A task of an agent, for which the runs of different tenants take turns. */
export function ofTenant(agent: string): LoadedDefinition {
  const extra = 'input: {required: [tenant]}\n  fairness: {key: "${workflow.input.tenant}"}';

  return load('of-tenant', [`    - {id: work, assigned_to: ${agent}}`], extra);
}

/** A run with an amount in its output. */
export function sold(): LoadedDefinition {
  const extra = 'input: {required: [amount]}\n  output: {amount: "${workflow.input.amount}"}';

  return load('sold', [taskLine('sell', [])], extra);
}

/** One run for each key of an event, which waits for a person. */
export function onEvent(type: string): LoadedDefinition {
  const trigger = `triggers: [{on: ${type}, dedupe_key: "\${event.data.key}"}]`;

  return load('on-event', ['    - {id: first, type: HUMAN}'], trigger);
}

/** A run that waits for an approval. */
export function asking(): LoadedDefinition {
  return load('asking', ['    - {id: sign, type: HUMAN, wait_for_approval: true}']);
}

/** A run that waits until a time that it is given. */
export function waiting(): LoadedDefinition {
  return load(
    'waiting',
    ['    - {id: pause, type: WAIT, until: "${workflow.input.at}"}'],
    'input: {required: [at]}',
  );
}

/** One task; each run has a key and a label of its own, and a label that all have. */
export function named(): LoadedDefinition {
  const labels = 'labels: {team: finance, run: "${workflow.run_id}"}';

  return load('named', [taskLine('t0', [])], `key: "\${workflow.run_id}"\n  ${labels}`);
}

function taskLine(id: string, dependsOn: readonly string[]): string {
  return `    - {id: ${id}, uses: noop, depends_on: [${dependsOn.join(', ')}]}`;
}

function load(id: string, tasks: readonly string[], extra = ''): LoadedDefinition {
  const content = `workflow:\n  id: ${id}\n  version: 1\n  ${extra}\n  tasks:\n${tasks.join('\n')}\n`;
  const result = loadDefinition({ file: `${id}.yaml`, content });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));

  return result.loaded;
}
