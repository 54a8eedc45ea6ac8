import type { RunState, TaskState } from '../chart/run/run-state.ts';
import { localId, taskAt } from '../chart/task-at.ts';
import { whoAnswered } from '../chart/tasks/approval-state.ts';
import { type Stratos, stratosBounds } from '../stratos.ts';
import { type HumanTask, requesterWord } from '../task.ts';
import { withNames } from '../task-names.ts';
import { isEnough, type Level } from './declared-agent.ts';

/** Somebody who gives commands: a person, an agent or a program. */
export type Principal = {
  readonly name: string;
  readonly level: Level;
  readonly domain?: string;
  /** Where mails of the approvals that ask them go. */
  readonly mail?: string;
};

/** What somebody wants to do, as far as who may do it depends on it. */
export type Deed =
  /** `domain`: that of the definition, its label `domain` or else `department`. */
  | {
      readonly kind: 'start';
      readonly definition: string;
      readonly domain?: string | undefined;
      readonly stratos?: Stratos | undefined;
    }
  /** `stratos`: the higher of what the definition was and is to be. */
  | { readonly kind: 'define'; readonly definition: string; readonly stratos?: Stratos | undefined }
  /** Destroys the keys of a subject. */
  | { readonly kind: 'erase' }
  /** Pauses, ends, retries, changes a run, or drops its dead letter; `what` as in "pausing a run". */
  | { readonly kind: 'control'; readonly what: string }
  /** Approves, rejects, or hands either over to `to`. */
  | {
      readonly kind: 'approve';
      readonly task: string;
      readonly asked: ApproverQuery;
      readonly to?: string | undefined;
    }
  | { readonly kind: 'signal'; readonly name: string }
  /** Publishes an event, which may start runs and wake them. */
  | { readonly kind: 'emit'; readonly type: string }
  /** Drains an agent, or has it take work again. */
  | { readonly kind: 'drain'; readonly agent: string };

/** Why somebody may not do something: `authority.unknown`, `authority.level`, `authority.domain`, ... */
type Refused = { readonly code: string; readonly message: string };

type Approve = Extract<Deed, { kind: 'approve' }>;

type Start = Extract<Deed, { kind: 'start' }>;

type Define = Extract<Deed, { kind: 'define' }>;

/** How many names are told to somebody who is none of them. */
const toldMax = 5;

/** Says who may do what. Where no principals are declared, everybody may do everything. */
export function authorityOf(principals: readonly Principal[]): {
  readonly refusal: (actor: string, deed: Deed) => Refused | undefined;
} {
  const known = new Map(principals.map((each) => [each.name, each]));

  return {
    refusal: (actor, deed) => {
      if (known.size === 0) return undefined;
      const principal = known.get(actor);

      if (principal === undefined) return unknown(actor, [...known.keys()]);

      return refusalOf(principal, deed) ?? notAPrincipal(deed, known);
    },
  };
}

/** Why a principal of this level and domain may not do it. */
export function refusalOf(principal: Principal, deed: Deed): Refused | undefined {
  switch (deed.kind) {
    case 'start':
      return mayNotStart(principal, deed);
    case 'define':
      return mayNotDefine(principal, deed);
    case 'control':
      return below(principal, 'L1', deed.what);
    case 'erase':
      return below(principal, 'L0', 'erasing');
    case 'drain':
      return below(principal, 'L1', `draining ${deed.agent}`);
    case 'signal':
      return below(principal, 'L2', `sending the signal ${deed.name}`);
    case 'emit':
      return below(principal, 'L2', `emitting the event ${deed.type}`);
    case 'approve':
      return mayNotApprove(principal, deed);
  }
}

function mayNotDefine(principal: Principal, { definition, stratos }: Define): Refused | undefined {
  const needed = stratos === undefined ? 'L1' : stratosBounds[stratos].change;

  return below(principal, needed, `registering the ${withStratos('definition', stratos)} ${definition}`);
}

function withStratos(what: string, stratos: Stratos | undefined): string {
  return stratos === undefined ? what : `${stratos} ${what}`;
}

function mayNotStart(principal: Principal, { definition, domain, stratos }: Start): Refused | undefined {
  const { name, level } = principal;
  if (isEnough(level, 'L1')) return undefined;
  if (stratos !== undefined && !isEnough('L2', stratosBounds[stratos].start)) {
    return below(principal, stratosBounds[stratos].start, `starting ${definition}, which is ${stratos},`);
  }
  if (level === 'L3') {
    const needed = domain === undefined ? 'L1' : `L2 of the domain ${domain}, or L1`;
    return refused('authority.level', `${name} is L3; starting ${definition} needs ${needed}`);
  }
  if (domain !== undefined && principal.domain === domain) return undefined;
  const own = principal.domain === undefined ? 'L2 without a domain' : `L2 of the domain ${principal.domain}`;
  const other =
    domain === undefined
      ? `${definition} has no label "domain", so starting it needs L1`
      : `starting ${definition} needs L2 of the domain ${domain}, or L1`;

  return refused('authority.domain', `${name} is ${own}; ${other}`);
}

function mayNotApprove(principal: Principal, { task, asked }: Approve): Refused | undefined {
  const excluded = refusedAsExcluded(asked, principal.name, task);
  if (excluded !== undefined) return excluded;
  // To whom it was handed over needs no level: whoever did it answers for that.
  if (asked.delegates.includes(principal.name)) return undefined;
  const meant = groupsOf(asked, principal.name);
  if (meant.length === 0) return notNamed(principal.name, task, namesAsked(asked));
  const refusals = meant.map((group) => notOfGroup(principal, task, group));

  return refusals.includes(undefined) ? undefined : refusals[0];
}

/** Whoever is named needs no level, unless the task asks for one, too. */
function notOfGroup(principal: Principal, task: string, { level, names }: AskedGroup): Refused | undefined {
  const needed = level ?? (names === undefined ? 'L0' : undefined);

  return needed === undefined ? undefined : below(principal, needed, `approving ${task}`);
}

/** It can only be handed over to somebody who is known. */
function notAPrincipal(deed: Deed, known: ReadonlyMap<string, Principal>): Refused | undefined {
  if (deed.kind !== 'approve' || deed.to === undefined || known.has(deed.to)) return undefined;
  const { message } = unknown(deed.to, [...known.keys()]);

  return refused('approval.bad-delegate', `${deed.task} cannot be handed over: ${message}`);
}

/** The refusal of an answer to an approval by somebody whom the task does not name. */
export function notNamed(by: string, task: string, names: readonly string[]): Refused {
  return refused('approval.not-allowed', `${by} is none of the approvers of ${task}: ${names.join(', ')}`);
}

function below({ name, level }: Principal, needed: Level, what: string): Refused | undefined {
  if (isEnough(level, needed)) return undefined;

  return refused('authority.level', `${name} is ${level}; ${what} needs ${needed}`);
}

function unknown(actor: string, names: readonly string[]): Refused {
  const more = names.length > toldMax ? ', ...' : '';
  const told = names.slice(0, toldMax).join(', ');

  // Whoever it is shall not be talked into somebody else's name.
  return refused(
    'authority.unknown',
    `${JSON.stringify(actor)} is none of the principals; there are ${told}${more}`,
  );
}

function refused(code: string, message: string): Refused {
  return { code, message };
}

/** Who may answer an approval, in words that are true whether or not principals are declared. */
export function approversText({ groups, delegates, excluded = [] }: ApproverQuery): string {
  const parts = [...groups.flatMap(groupText), ...(delegates.length === 0 ? [] : [delegates.join(' or ')])];
  // Those who are named are told without them already.
  const isOpen = groups.some(({ names }) => names === undefined);
  const others = [...new Set(excluded.map(({ name }) => name))];
  const but = isOpen && others.length > 0 ? `, but not ${others.join(' or ')}` : '';

  return `${[...new Set(parts)].join(', or ') || 'nobody'}${but}`;
}

function groupText({ level, names }: AskedGroup): readonly string[] {
  const least = level === undefined || level === 'L0' ? level : `${level} or above`;
  if (names === undefined) return [least ?? 'anyone (L0 where principals are declared)'];
  if (names.length === 0) return [];

  return [names.join(' or ') + (least === undefined ? '' : `, of level ${least}`)];
}

/** People who may answer an approval: those of these names, or anybody; of this level or above. */
export type AskedGroup = { readonly level?: Level | undefined; readonly names?: readonly string[] };

/**
 * Whom an approval asks now: any of these groups but those who handed it over, and those to whom it was handed over,
 * whatever their level.
 */
export type ApproverQuery = {
  readonly groups: readonly AskedGroup[];
  readonly delegates: readonly string[];
  /** Whether they were asked by name or for their level: an answer that is handed over moves, and none is added. */
  readonly gone: readonly string[];
  /** They may neither answer nor be asked to, whoever hands it to them: four eyes see more than two. */
  readonly excluded?: readonly Excluded[];
};

/** Somebody who may not answer, with the reason as it follows their name: `started the run`. */
export type Excluded = { readonly name: string; readonly why: string };

/**
 * Whom a task asks as things are: after an escalation more than before, and without those who handed it over.
 * `excluded`: see `excludedFrom`.
 */
export function askedNow(
  task: HumanTask,
  {
    delegations = [],
    escalatedAt,
    escalation,
    names,
  }: Pick<TaskState, 'delegations' | 'escalatedAt' | 'escalation' | 'names'>,
  excluded: readonly Excluded[] = [],
): ApproverQuery {
  const { approvers, escalateTo, escalate = [] } = withNames(task, names);
  const gone = [...new Set(delegations.map(({ by }) => by))];
  const out = [...gone, ...excluded.map(({ name }) => name)];
  const late = escalateTo === undefined || escalatedAt === undefined ? [] : [escalateTo];
  const stages = escalate.slice(0, escalation?.stage ?? 0).map(({ to }) => to);
  const later = [...late, ...stages].map((group) => groupOf(group, out));
  let delegates: readonly string[] = [];
  for (const { by, to } of delegations) delegates = [...delegates.filter((name) => name !== by), to];

  return {
    groups: [groupOf(approvers, out), ...later],
    delegates: delegates.filter((name) => !excluded.some((each) => each.name === name)),
    gone,
    ...(excluded.length === 0 ? {} : { excluded }),
  };
}

/** Whom the approval at an address may not ask, by what the run knows: who asked for it, who decided another one. */
export function excludedFrom(run: RunState, address: string, { approvers }: HumanTask): readonly Excluded[] {
  const prefix = address.slice(0, address.length - localId(address).length);

  return (approvers?.exclude ?? []).flatMap((word): readonly Excluded[] => {
    if (word === requesterWord)
      return (run.requesters ?? []).map((name) => ({ name, why: 'asked for what is decided' }));
    const { grants = [], deniedBy = [] } = taskAt(run, `${prefix}${word}`) ?? {};
    return [...grants.flatMap(whoAnswered), ...deniedBy].map((name) => ({ name, why: `decided ${word}` }));
  });
}

/** The refusal of an answer by somebody who is excluded; undefined where they are not. */
export function refusedAsExcluded(
  { excluded = [] }: ApproverQuery,
  by: string,
  task: string,
): Refused | undefined {
  const found = excluded.find(({ name }) => name === by);
  if (found === undefined) return undefined;

  return refused('approval.excluded', `${by} ${found.why}, and ${task} has to be decided by somebody else`);
}

/** The groups that ask somebody, as far as names tell: where principals are declared, their level counts as well. */
export function groupsOf(
  { groups, gone, excluded = [] }: Omit<ApproverQuery, 'delegates'>,
  name: string,
): readonly AskedGroup[] {
  if (gone.includes(name) || excluded.some((each) => each.name === name)) return [];

  return groups.filter(({ names }) => names === undefined || names.includes(name));
}

/** Whether somebody may answer, as far as names tell. */
export function mayBeAsked(asked: ApproverQuery, name: string): boolean {
  return asked.delegates.includes(name) || groupsOf(asked, name).length > 0;
}

/** Everybody who is asked by name. */
export function namesAsked({ groups, delegates }: ApproverQuery): readonly string[] {
  return [...new Set([...groups.flatMap(({ names = [] }) => names), ...delegates])];
}

function groupOf(approvers: HumanTask['approvers'], gone: readonly string[]): AskedGroup {
  const { level, names = [] } = approvers ?? {};
  const left = names.filter((name) => !gone.includes(name));

  return { level, ...(names.length === 0 ? {} : { names: left }) };
}
