import { isEnough, type Level } from './declared-agent.ts';

/** A search that would take longer than this many looks at a team ends with the best team found so far. */
const looksMax = 500;

/** An agent that work may be given to. `load`: how many attempts it has now, in the queue or in its hands. */
export type Candidate = {
  readonly name: string;
  readonly level: Level;
  readonly skills: readonly string[];
  /** How many attempts it may have at a time. */
  readonly capacity: number;
  readonly load: number;
};

/** What is asked of whoever carries a task out: all of these skills, and a level where the task names one. */
export type AgentRequirement = { readonly skills: readonly string[]; readonly level: Level | undefined };

/**
 * The agents that carry a task out together, each with the skills it is there for; the first leads. One agent that has
 * all skills, the one with the least of its capacity in use, else the smallest team that has them. Undefined when
 * nobody of sufficient level has one of the skills. The same answer for the same question.
 */
export function matchAgents(
  { skills, level }: AgentRequirement,
  candidates: readonly Candidate[],
): readonly { readonly agent: string; readonly skills: readonly string[] }[] | undefined {
  const asked = [...new Set(skills)];
  const able = candidates.filter((each) => isEnough(each.level, level)).toSorted(byLoad);
  const alone = able.find((each) => covered(each, asked).length === asked.length);
  if (alone !== undefined) return [{ agent: alone.name, skills: asked }];

  return shared(smallestTeam(asked, able), asked);
}

/** Gives every member the skills that those before it lack, and leaves out who has none of them. */
function shared(team: readonly Candidate[] | undefined, asked: readonly string[]) {
  if (team === undefined) return undefined;
  let open = asked;
  const members: { readonly agent: string; readonly skills: readonly string[] }[] = [];
  // The order among equals is that of their load: sorting keeps it.
  for (const member of team.toSorted((a, b) => covered(b, asked).length - covered(a, asked).length)) {
    const own = covered(member, open);
    if (own.length > 0) members.push({ agent: member.name, skills: own });
    open = open.filter((skill) => !own.includes(skill));
  }

  return members;
}

/** The least of its capacity in use first; of equals, who has fewer skills that others may need more. */
function byLoad(a: Candidate, b: Candidate): number {
  return use(a) - use(b) || a.skills.length - b.skills.length || (a.name < b.name ? -1 : 1);
}

function use({ load, capacity }: Candidate): number {
  return load / Math.max(1, capacity);
}

function covered({ skills }: Candidate, asked: readonly string[]): readonly string[] {
  return asked.filter((skill) => skills.includes(skill));
}

type Skilled = { readonly skills: readonly string[] };

/**
 * The fewest who have all of these skills together; of teams of that size the least loaded, and of such the one that is
 * found first. Undefined when nobody has one of the skills. Of many skills and many who share them the team may be
 * larger, or busier, than it could be.
 */
function smallestTeam(
  asked: readonly string[],
  candidates: readonly Candidate[],
): readonly Candidate[] | undefined {
  const able = unlike(asked, candidates);
  const greedy = greedyTeam(asked, able);
  if (greedy === undefined) return undefined;
  const smallest = searchTeam(greedy, {
    ...{ asked, able },
    sizeMax: (best) => best.length - 1,
    isBetter: () => true,
  });

  return searchTeam(smallest, {
    ...{ asked, able },
    sizeMax: () => smallest.length,
    isBetter: (team, best) => busier(best, team) > 0,
  });
}

type TeamSearch = {
  readonly asked: readonly string[];
  readonly able: readonly Candidate[];
  /** No larger team is looked at, once this one is the best. */
  readonly sizeMax: (best: readonly Candidate[]) => number;
  readonly isBetter: (team: readonly Candidate[], best: readonly Candidate[]) => boolean;
};

/** Depth first: whoever has the rarest skill that is open comes next. */
function searchTeam(
  first: readonly Candidate[],
  { asked, able, sizeMax, isBetter }: TeamSearch,
): readonly Candidate[] {
  let best = first;
  let looks = 0;
  const search = (open: readonly string[], team: readonly Candidate[]): void => {
    looks += 1;
    if (looks > looksMax || team.length > sizeMax(best)) return;
    if (open.length === 0) {
      if (isBetter(team, best)) best = team;
      return;
    }
    if (team.length === sizeMax(best)) return;
    for (const member of rarest(open, able)) search(without(open, member), [...team, member]);
  };
  search(asked, []);

  return best;
}

/** Above zero where the busiest of the first team has more of its capacity in use; of equals, all of them together. */
function busier(a: readonly Candidate[], b: readonly Candidate[]): number {
  const sum = (team: readonly Candidate[]) => team.reduce((total, member) => total + use(member), 0);

  return Math.max(...a.map(use)) - Math.max(...b.map(use)) || sum(a) - sum(b);
}

/** Of those with the same asked skills only the first: a team has no use for two of them. */
function unlike<Member extends Skilled>(asked: readonly string[], candidates: readonly Member[]): Member[] {
  const first = new Map<string, Member>();
  for (const each of candidates) {
    const key = JSON.stringify(asked.filter((skill) => each.skills.includes(skill)));
    if (key !== '[]' && !first.has(key)) first.set(key, each);
  }

  return [...first.values()];
}

function greedyTeam<Member extends Skilled>(
  asked: readonly string[],
  able: readonly Member[],
): readonly Member[] | undefined {
  const team: Member[] = [];
  let open = asked;
  while (open.length > 0) {
    let next: Member | undefined;
    let left = open;
    for (const each of able) {
      const leaves = without(open, each);
      if (leaves.length < left.length) [next, left] = [each, leaves];
    }
    if (next === undefined) return undefined;
    team.push(next);
    open = left;
  }

  return team;
}

/** Those who have the skill that the fewest have. */
function rarest<Member extends Skilled>(open: readonly string[], able: readonly Member[]): readonly Member[] {
  let few = able;
  for (const skill of open) {
    const having = able.filter(({ skills }) => skills.includes(skill));
    if (having.length < few.length) few = having;
  }

  return few;
}

function without(open: readonly string[], { skills }: Skilled): readonly string[] {
  return open.filter((skill) => !skills.includes(skill));
}
