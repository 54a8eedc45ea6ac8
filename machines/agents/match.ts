import { isEnough, type Level } from './level.ts';
import { smallestTeam } from './smallest-team.ts';

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
export type Asked = { readonly skills: readonly string[]; readonly level: Level | undefined };

/**
 * The agents that carry a task out together, each with the skills it is there for; the first leads. One agent that has
 * all skills, the one with the least of its capacity in use, else the smallest team that has them. Undefined when
 * nobody of sufficient level has one of the skills. The same answer for the same question.
 */
export function matchAgents(
  { skills, level }: Asked,
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
