import { type ApproverQuery, type authorityOf, type Deed, groupsOf, refusalOf } from './authority.ts';
import { isEnough, type Level } from './declared-agent.ts';

/** What is given out in the name of somebody and opens less than they may: a token, for a program or a browser. */
export type Bound = { readonly as: string; readonly level: Level; readonly domain?: string | undefined };

/** Whoever asks for something; with a level, by a token. */
type Asker = { readonly actor: string; readonly level?: Level; readonly domain?: string };

/**
 * Why somebody may not do that: undefined where they may. What their token does not reach for comes first, then what
 * they may not do as a principal. Without an authority only the token counts: the engine asks for the rest.
 */
export function refusalFor(
  { actor, level, domain }: Asker,
  deed: Deed,
  authority?: ReturnType<typeof authorityOf>,
): ReturnType<typeof refusalOf> {
  const byToken = level === undefined ? undefined : boundedBy({ as: actor, level, domain }, deed);

  return byToken ?? authority?.refusal(actor, deed);
}

/**
 * Why a token does not reach for that, whatever its principal may do: undefined where it does. Its level counts as
 * that of a principal does, but that an approval which asks nobody in particular is answered with L1.
 */
export function boundedBy(bound: Bound, deed: Deed): ReturnType<typeof refusalOf> {
  const { as, level, domain } = bound;
  const name = `the token of ${as}`;
  if (deed.kind !== 'approve')
    return refusalOf({ name, level, ...(domain === undefined ? {} : { domain }) }, deed);
  if (canAnswer(bound, deed.asked)) return undefined;

  return { code: 'authority.level', message: `${name} is ${level}; answering ${deed.task} needs more` };
}

/** Somebody who is not asked at all is refused by the run itself, with the names of those who are. */
function canAnswer(bound: Bound, asked: ApproverQuery): boolean {
  return answersAsThemselves(bound, asked) || groupsOf(asked, bound.as).length === 0;
}

/** Whether a token reaches for an approval that asks its principal, and not somebody in whose place they answer. */
export function answersAsThemselves({ as, level }: Bound, asked: ApproverQuery): boolean {
  if (asked.delegates.includes(as)) return true;

  return groupsOf(asked, as).some((group) =>
    isEnough(level, group.level ?? (group.names === undefined ? 'L1' : undefined)),
  );
}

/**
 * Why a token does not reach for the approvals of each level that its principal may answer: then it can neither give
 * that away nor take what others gave its principal. Undefined where it does.
 */
export function partOfApprovals(
  { actor, level }: Asker,
  authority: ReturnType<typeof authorityOf> | undefined,
): ReturnType<typeof refusalOf> {
  if (level === undefined) return undefined;
  for (const asked of levels) {
    const group = { groups: [{ level: asked }], delegates: [], gone: [] };
    const deed = { kind: 'approve', task: 'approvals in place of others', asked: group } as const;
    if (authority?.refusal(actor, deed) !== undefined) continue;
    const refusal = boundedBy({ as: actor, level }, deed);
    if (refusal !== undefined) return refusal;
  }

  return undefined;
}

const levels = ['L0', 'L1', 'L2', 'L3'] as const;

/**
 * The only domain that a token shows anything of; undefined for one that shows everything: of L0 or L1, or without a
 * domain. What the principal may do makes no difference: what a token shows is said by the token alone.
 */
export function readingDomain({ level, domain }: Pick<Asker, 'level' | 'domain'>): string | undefined {
  return level === undefined || isEnough(level, 'L1') ? undefined : domain;
}

/**
 * Whether somebody who is bounded to a domain may see a run of the domain `of`. A run of another one shows itself to
 * whoever it asks by name for as long as it asks them: nobody can decide about what they may not see.
 */
export function maySee(
  { actor, domain }: { readonly actor: string | undefined; readonly domain: string },
  { of, asked }: { readonly of: string | undefined; readonly asked: readonly ApproverQuery[] },
): boolean {
  if (of === domain) return true;

  return actor !== undefined && asked.some((each) => isAskedByName(each, actor));
}

function isAskedByName(asked: ApproverQuery, name: string): boolean {
  return asked.delegates.includes(name) || groupsOf(asked, name).some(({ names }) => names !== undefined);
}
