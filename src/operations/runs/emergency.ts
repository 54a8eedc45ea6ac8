import type { z } from 'zod';
import { localId } from '../../../machines/chart/task-at.ts';
import type { EmergencyReport, EmergencyRequest } from '../../api/commands.ts';
import type { Caller } from '../../ports/access/authority.ts';
import type { TriggerRefusal, TriggersDesk, TriggerView } from '../../ports/events/trigger-admin.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { parseWhere } from '../../projections/where.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { knownDefinition } from '../definitions/known-definition.ts';
import type { OperationPorts } from '../use-case.ts';
import { changeMany, dryReport, type ManyCommand, refuseOtherCount } from './change-many.ts';

const goesOn = 'triggers go on to start runs: stop starts as well where that is not wanted';

/** The scope of an emergency stop: the runs in progress, and the triggers not paused yet. */
type EmergencyTargets = {
  readonly runs: readonly BoardLine[];
  readonly triggers: readonly { readonly definition: string; readonly trigger: string }[];
  /** How many attempts workers have in progress, at least: not all of those in loops are known. */
  readonly outside: number;
  /** Whether it covers every run and trigger. */
  readonly isEverything: boolean;
};

type Asked = z.output<typeof EmergencyRequest>;

const kinds = { pause: 'pauseRun', cancel: 'cancelRun', terminate: 'terminateRun' } as const;

/** Carries an emergency stop out, or tells what it would do. */
export async function emergencyStop(
  ports: OperationPorts,
  asked: Asked,
  caller: Caller,
): Promise<EmergencyReport> {
  const { where, dryRun, expectCount } = asked;
  refuseUnlessAllowed(ports.authority, caller, { kind: 'control', what: 'an emergency stop' });
  await ports.board.ready;
  const scope = await emergencyScope(ports, asked);
  refuseOtherCount(asked.action === 'stop-starts' ? scope.triggers.length : scope.runs.length, expectCount);
  const report = {
    where,
    dryRun,
    effect: [...emergencyEffect(asked.action, scope)],
    triggers: scope.triggers.map(({ definition, trigger }) => `${definition}/${trigger}`),
  };
  if (asked.action === 'stop-starts')
    return { ...report, ...(await stopStarts(ports, caller, { asked, scope })) };
  const command: ManyCommand = { kind: kinds[asked.action], reason: asked.reason };
  const { runs: chosen } = scope;

  return {
    ...report,
    ...(dryRun ? dryReport(ports, chosen) : await changeMany(ports, caller, { chosen, command })),
  };
}

type Stopping = { readonly asked: Asked; readonly scope: EmergencyTargets };

/** Counts the paused triggers; names those that could not be paused. */
async function stopStarts({ triggers }: OperationPorts, caller: Caller, { asked, scope }: Stopping) {
  const { reason, dryRun } = asked;
  const total = scope.triggers.length;
  if (dryRun) return { total, changed: 0, refused: 0, items: [] };
  const refusals = await pauseTriggers(triggers, caller, { names: scope.triggers, reason });
  const items = refusals.map(({ name, refusal }) => ({
    run: '',
    shortId: '',
    definition: `${name.definition}/${name.trigger}`,
    status: 'trigger',
    ok: false,
    refusal,
  }));

  return { total, changed: total - refusals.length, refused: refusals.length, items };
}

const over: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'TERMINATED', 'TIMED_OUT']);

/** Throws WhereInvalid for terms that cannot be read. Reads triggers only if starts are to be stopped. */
async function emergencyScope(
  { board, triggers, workflows }: Pick<OperationPorts, 'board' | 'triggers' | 'workflows'>,
  { where, action }: Pick<EmergencyRequest, 'where' | 'action'>,
): Promise<EmergencyTargets> {
  const isEverything = where.trim() === '*';
  const matches = isEverything ? () => true : parseWhere([where]);
  const runs = board.live().filter((line) => !over.has(line.head.status) && matches(line));
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

/** FORKs and loops are in progress too, but only the tasks inside of them are attempts. */
async function outsideOf(
  workflows: OperationPorts['workflows'],
  runs: readonly BoardLine[],
): Promise<number> {
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

/** The triggers of the definitions that the terms name; if they name none, of the definitions of the runs. */
function meant(where: string, runs: readonly BoardLine[]): (view: TriggerView) => boolean {
  const terms = definitionTerms(where);
  if (terms.length > 0) {
    const fits = parseWhere(terms);
    return (view) => fits(asLine(view));
  }
  const ids = new Set(runs.map(({ head }) => head.definition.id));

  return ({ definition }) => ids.has(definition.id);
}

/** The terms that apply to triggers as well as to runs. */
function definitionTerms(where: string): readonly string[] {
  return where.split(/\s+/).filter((term) => /^definition!?=/.test(term));
}

function isActive({ paused }: TriggerView): boolean {
  return paused === undefined;
}

/** A stand-in for the run that a trigger would start, with what terms about definitions read. */
function asLine({ definition }: TriggerView): Parameters<ReturnType<typeof parseWhere>>[0] {
  const head = { definition, status: 'RUNNING', startedAt: '', settled: 0, tasks: 0, active: [] } as const;

  return { run: '', sequence: 0, position: 0, updatedAt: '', head: { ...head, active: [] } };
}

/** What an emergency stop does, in plain words. */
function emergencyEffect(action: EmergencyRequest['action'], scope: EmergencyTargets): readonly string[] {
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

type Name = { readonly definition: string; readonly trigger: string };

type Refused = { readonly name: Name; readonly refusal: TriggerRefusal };

/** Pauses triggers one by one and names those that could not be paused. Throws RequestRefused. */
async function pauseTriggers(
  triggers: Pick<TriggersDesk, 'pause'>,
  caller: Caller,
  { names, reason }: { readonly names: readonly Name[]; readonly reason: string },
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  for (const name of names) {
    const refusal = await triggers.pause(name, { by: caller.actor, reason });
    if (refusal !== undefined) refused.push({ name, refusal });
  }

  return refused;
}
