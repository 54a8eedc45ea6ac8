import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEnough, type Level } from '../../../machines/agents/declared-agent.ts';
import { type Candidate, matchAgents } from '../../../machines/agents/match.ts';

// Who carries a task out that asks for skills. Method: small worlds written by hand for the rules, and random ones, in
// which a search through all teams says how small the smallest is.

const everySkill = ['scan', 'policy', 'report', 'deploy', 'review'] as const;
const levels = ['L0', 'L1', 'L2', 'L3'] as const;

function candidate(name: string, changes: Partial<Candidate> = {}): Candidate {
  return { name, level: 'L3', skills: ['scan'], capacity: 4, load: 0, ...changes };
}

function names(asked: Partial<Parameters<typeof matchAgents>[0]>, candidates: readonly Candidate[]) {
  return matchAgents({ skills: ['scan'], level: undefined, ...asked }, candidates)?.map(({ agent }) => agent);
}

describe('one agent that has all of the skills', () => {
  test('the one with the least of its capacity in use is taken', () => {
    const busy = candidate('busy', { load: 2, capacity: 2 });
    const large = candidate('large', { load: 3, capacity: 10 });
    expect(names({}, [busy, large])).toEqual(['large']);
  });

  test('of two as busy as each other, the one with fewer skills is taken, then the first by name', () => {
    const able = candidate('able', { skills: ['scan', 'report'] });
    expect(names({}, [able, candidate('zoe'), candidate('yan')])).toEqual(['yan']);
  });

  test('a level above the one asked for is enough, one below is not', () => {
    expect(names({ level: 'L1' }, [candidate('low', { level: 'L2' })])).toBeUndefined();
    expect(names({ level: 'L1' }, [candidate('high', { level: 'L0', load: 9 })])).toEqual(['high']);
  });

  test('it is taken before a team of less busy ones', () => {
    const both = candidate('both', { skills: ['scan', 'report'], load: 100 });
    const idle = [candidate('scanner'), candidate('reporter', { skills: ['report'] })];
    expect(names({ skills: ['scan', 'report'] }, [...idle, both])).toEqual(['both']);
  });
});

describe('a team', () => {
  test('is led by who covers most, and each member is told what it is there for', () => {
    const scanner = candidate('scanner');
    const writer = candidate('writer', { skills: ['policy', 'report'] });
    expect(
      matchAgents({ skills: ['scan', 'policy', 'report'], level: undefined }, [scanner, writer]),
    ).toEqual([
      { agent: 'writer', skills: ['policy', 'report'] },
      { agent: 'scanner', skills: ['scan'] },
    ]);
  });

  test('of several as small it is the one of those with least to do', () => {
    const skills = ['a', 'b', 'c', 'd', 'e', 'f'];
    const all = [
      candidate('large', { skills: ['b', 'c', 'd', 'e'] }),
      candidate('left', { skills: ['a', 'b', 'c'], load: 1 }),
      candidate('right', { skills: ['d', 'e', 'f'], load: 1 }),
      candidate('busy-left', { skills: ['a', 'b', 'c', 'd'], load: 8 }),
      candidate('busy-right', { skills: ['c', 'd', 'e', 'f'], load: 9 }),
    ];
    expect(names({ skills }, all)).toEqual(['left', 'right']);
  });

  test('is the smallest one, also where taking the ablest first leads to a larger one', () => {
    const left = candidate('left', { skills: ['scan', 'policy', 'report'] });
    const right = candidate('right', { skills: ['deploy', 'review', 'audit'] });
    const tempting = candidate('tempting', { skills: ['policy', 'report', 'deploy', 'review'] });
    const skills = ['scan', 'policy', 'report', 'deploy', 'review', 'audit'];
    expect(names({ skills }, [tempting, left, right])).toEqual(['left', 'right']);
  });

  test('of several of the same size is the one whose busiest member is least busy for its capacity', () => {
    const skills = ['scan', 'policy', 'report'];
    const teamOf = (load: number) => [
      candidate('busy-most', { skills: ['scan', 'policy'], load, capacity: 8 }),
      candidate('busy-rest', { skills: ['report'], load: 0, capacity: 8 }),
      candidate('calm-some', { skills: ['scan'], load: 4, capacity: 8 }),
      candidate('calm-most', { skills: ['policy', 'report'], load: 4, capacity: 8 }),
    ];

    expect(names({ skills }, teamOf(7))?.toSorted()).toEqual(['calm-most', 'calm-some']);
    expect(names({ skills }, teamOf(1))?.toSorted()).toEqual(['busy-most', 'busy-rest']);
    expect(names({ skills }, teamOf(7).toReversed())).toEqual(names({ skills }, teamOf(7)));
  });

  test('is none where nobody of sufficient level has one of the skills', () => {
    const high = candidate('high', { level: 'L0' });
    const low = candidate('low', { skills: ['report'] });
    expect(names({ skills: ['scan', 'report'], level: 'L1' }, [high, low])).toBeUndefined();
  });

  test('of a hundred skills among three hundred agents is found without a search that never ends', () => {
    const skills = Array.from({ length: 100 }, (_, index) => `skill ${index}`);
    const crowd = Array.from({ length: 300 }, (_, index) =>
      candidate(`agent ${index}`, { skills: skills.filter((_each, at) => (at * 7 + index * 13) % 11 < 3) }),
    );
    const covered = matchAgents({ skills, level: undefined }, crowd)?.flatMap((member) => member.skills);
    expect(covered?.toSorted()).toEqual(skills.toSorted());
  });
});

describe('in any world', () => {
  const world = fc
    .array(
      fc.record({
        level: fc.constantFrom(...levels),
        skills: fc.uniqueArray(fc.constantFrom(...everySkill)),
        capacity: fc.integer({ min: 0, max: 4 }),
        load: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 6 },
    )
    .map((agents) => agents.map((agent, index) => ({ ...agent, name: `agent-${index}` })));
  const asked = fc.record({
    skills: fc.uniqueArray(fc.constantFrom(...everySkill), { minLength: 1 }),
    level: fc.option(fc.constantFrom(...levels), { nil: undefined }),
  });

  test('every skill is covered once, by an agent that has it and whose level is sufficient', () => {
    fc.assert(
      fc.property(asked, world, (question, candidates) => {
        for (const { agent, skills } of matchAgents(question, candidates) ?? []) {
          const who = candidates.find(({ name }) => name === agent);
          expect(who?.skills).toEqual(expect.arrayContaining([...skills]));
          expect(skills).not.toEqual([]);
          expect(isEnough(who?.level ?? 'L3', question.level)).toBe(true);
        }
        const found = matchAgents(question, candidates)?.flatMap(({ skills }) => skills);
        if (found !== undefined) expect(found.toSorted()).toEqual(question.skills.toSorted());
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test('no smaller team exists, and there is an answer whenever there is a team', () => {
    fc.assert(
      fc.property(asked, world, (question, candidates) => {
        expect(matchAgents(question, candidates)?.length).toBe(sizeOfSmallest(question, candidates));
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test('a thousand assignments to equals are spread within one of even', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 8 }), (count, capacity) => {
        const loads = new Map(Array.from({ length: count }, (_, index) => [`agent-${index}`, 0]));
        for (let assignment = 0; assignment < 1_000; assignment += 1) {
          const candidates = [...loads].map(([name, load]) => candidate(name, { load, capacity }));
          for (const name of names({}, candidates) ?? []) loads.set(name, (loads.get(name) ?? 0) + 1);
        }
        expect(Math.max(...loads.values()) - Math.min(...loads.values())).toBeLessThanOrEqual(1);
      }),
      { seed: 5, numRuns: 20 },
    );
  });
});

/** Looks through all subsets. */
function sizeOfSmallest(
  { skills, level }: { readonly skills: readonly string[]; readonly level: Level | undefined },
  candidates: readonly Candidate[],
): number | undefined {
  const able = candidates.filter((each) => isEnough(each.level, level));
  const sizes = Array.from({ length: 2 ** able.length }, (_, bits) => {
    const team = able.filter((_each, index) => Math.floor(bits / 2 ** index) % 2 === 1);

    return skills.every((skill) => team.some((member) => member.skills.includes(skill))) ? team.length : [];
  }).flat();

  return sizes.length === 0 ? undefined : Math.min(...sizes);
}
