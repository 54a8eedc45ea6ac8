import { localId } from '../../../machines/chart/address.ts';
import type { EmergencyRequest } from '../../api/commands.ts';
import type { TriggerView } from '../../ports/events/trigger-admin.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { parseWhere } from '../../projections/where.ts';
import type { ApiDeps } from '../api.ts';
import { knownDefinition } from '../live/known-definitions.ts';

const goesOn = 'triggers go on to start runs: stop starts as well where that is not wanted';

/** What an emergency stop is about: the runs that are under way, and the triggers that are not paused yet. */
export type EmergencyTargets = {
  readonly runs: readonly BoardLine[];
  readonly triggers: readonly { readonly definition: string; readonly trigger: string }[];
  /** How many attempts are under way elsewhere at least: of what is in loops not all is known. */
  readonly outside: number;
  /** Whether it is about all there is. */
  readonly isEverything: boolean;
};

const over: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'TERMINATED', 'TIMED_OUT']);

/** Throws WhereInvalid for terms that cannot be read. Triggers are only looked up where starts are stopped. */
export async function emergencyScope(
  { board, triggers, workflows }: Pick<ApiDeps, 'board' | 'triggers' | 'workflows'>,
  { where, action }: Pick<EmergencyRequest, 'where' | 'action'>,
): Promise<EmergencyTargets> {
  const isEverything = where.trim() === '*';
  const matches = isEverything ? () => true : parseWhere([where]);
  const runs = board.lines().filter((line) => !over.has(line.head.status) && matches(line));
  const active = action === 'stop-starts' ? (await triggers.triggers()).filter(isActive) : [];
  const isMeant = isEverything ? () => true : meant(where, runs);

  return {
    runs,
    triggers: active
      .filter(isMeant)
      .map(({ definition, id }) => ({ definition: definition.id, trigger: id })),
    outside: await outsideOf(workflows, runs),
    isEverything,
  };
}

/** A FORK or a loop is in progress as well, but nobody carries it out: what is in it counts. */
async function outsideOf(workflows: ApiDeps['workflows'], runs: readonly BoardLine[]): Promise<number> {
  let count = 0;
  for (const { head } of runs) {
    const busy = head.active.filter(({ status }) => status === 'IN_PROGRESS');
    if (busy.length === 0) continue;
    const loaded = await knownDefinition(workflows, head.definition).catch(() => undefined);
    const places = loaded && placesOf(loaded.definition);
    count += busy.filter(({ task }) => {
      const type = places?.get(localId(task))?.task.type;
      return type !== 'FORK' && type !== 'DO_WHILE';
    }).length;
  }

  return count;
}

/** The triggers of the definitions that the terms name; where they name none, of those that the runs are of. */
function meant(where: string, runs: readonly BoardLine[]): (view: TriggerView) => boolean {
  const terms = definitionTerms(where);
  if (terms.length > 0) {
    const fits = parseWhere(terms);
    return (view) => fits(asLine(view));
  }
  const ids = new Set(runs.map(({ head }) => head.definition.id));

  return ({ definition }) => ids.has(definition.id);
}

/** Of the terms, those that triggers can fit as well as runs. */
function definitionTerms(where: string): readonly string[] {
  return where.split(/\s+/).filter((term) => /^definition!?=/.test(term));
}

function isActive({ paused }: TriggerView): boolean {
  return paused === undefined;
}

/** The run that a trigger would start, as far as terms about definitions look at it. */
function asLine({ definition }: TriggerView): Parameters<ReturnType<typeof parseWhere>>[0] {
  const head = { definition, status: 'RUNNING', startedAt: '', settled: 0, tasks: 0, active: [] } as const;

  return { run: '', sequence: 0, updatedAt: '', head: { ...head, active: [] } };
}

/** What an emergency stop does, in words, so that nobody has to know the words of the engine. */
export function emergencyEffect(
  action: EmergencyRequest['action'],
  scope: EmergencyTargets,
): readonly string[] {
  const { runs, outside } = scope;
  const count = counted(runs.length, 'run');
  const underWay = outside === 0 ? [] : [outsideLine(action, outside)];
  switch (action) {
    case 'stop-starts':
      return startsLines(scope);
    case 'pause':
      return [
        `${count} ${is(runs.length)} paused: nothing new of ${them(runs.length)} begins until somebody resumes`,
        ...underWay,
        goesOn,
      ];
    case 'cancel':
      return [
        `${count} ${is(runs.length)} cancelled: what they did is undone, as far as their definitions say how`,
        ...underWay,
        goesOn,
      ];
    case 'terminate':
      return [`${count} end now; what they did is not undone`, ...underWay, goesOn];
  }
}

function startsLines({ triggers, runs, isEverything }: EmergencyTargets): readonly string[] {
  const count = counted(triggers.length, 'trigger');
  const all = isEverything ? ', those of all definitions' : '';

  return [
    `${count} ${is(triggers.length)} paused${all}; nothing starts runs by itself there until they are resumed`,
    `${counted(runs.length, 'run')} under way ${runs.length === 1 ? 'goes' : 'go'} on`,
    'people and programs may still start runs by hand',
  ];
}

function outsideLine(action: EmergencyRequest['action'], outside: number): string {
  const tasks = counted(outside, 'task');
  const told = action === 'pause' ? 'what comes of them is recorded' : 'what comes of them is not used';

  return `at least ${tasks} may still finish outside; ${told}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function is(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function them(count: number): string {
  return count === 1 ? 'it' : 'them';
}
