type Skilled = { readonly skills: readonly string[] };

/** A search that would take longer than this many looks at a team ends with the best team found so far. */
const looksMax = 500;

/**
 * The fewest who have all of these skills together; those who come first are taken before others like them. Undefined
 * when nobody has one of the skills. Of many skills and many who share them the team may be larger than it could be.
 */
export function smallestTeam<Member extends Skilled>(
  asked: readonly string[],
  candidates: readonly Member[],
): readonly Member[] | undefined {
  const able = unlike(asked, candidates);
  let best = greedyTeam(asked, able);
  let looks = 0;
  // Depth first, one smaller than the best so far: whoever has the rarest skill that is open comes next.
  const search = (open: readonly string[], team: readonly Member[]): void => {
    looks += 1;
    if (best === undefined || looks > looksMax) return;
    if (open.length === 0) {
      if (team.length < best.length) best = team;
      return;
    }
    if (team.length + 1 >= best.length) return;
    for (const member of rarest(open, able)) {
      search(without(open, member), [...team, member]);
    }
  };
  search(asked, []);

  return best;
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
