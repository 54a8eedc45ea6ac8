// Which users a server is given. Method: agents and principals as agents.yaml has them, and the names of the users.
import { expect, test } from 'vitest';
import { rolesOf, userOf } from '../../src/compose/nats-config.ts';

type Named = Parameters<typeof rolesOf>[1];
const named: Named = { agents: [], operators: [], observers: [] };
const nobody = { agents: [], principals: [], skills: [] };

function users(declared: Parameters<typeof rolesOf>[0], more: Partial<Named> = {}): readonly string[] {
  return rolesOf(declared, { ...named, ...more }).map(userOf);
}

const agent = (name: string) => ({ name, level: 'L3', transport: { kind: 'nats' } }) as const;

test('where nobody is declared there are an engine and one who looks, and those who are named', () => {
  expect(users(nobody)).toEqual(['engine', 'observer']);
  expect(rolesOf(nobody, { agents: ['ada', 'ada'], operators: ['ana'], observers: ['wall'] })).toEqual([
    { role: 'engine' },
    { role: 'worker', agent: 'ada' },
    { role: 'operator', principal: 'ana', may: 'define' },
    { role: 'observer', name: 'wall' },
  ]);
});

test('no two names become one user, and the same name becomes the same user whoever else there is', () => {
  const names = ['a.b', 'a-b', 'a b', 'A.B', 'ä', 'ö', 'x'.repeat(60), `${'x'.repeat(50)}.${'y'.repeat(50)}`];
  const all = users({ agents: names.map(agent), principals: [], skills: [] });

  expect(new Set(all).size).toBe(names.length + 2);
  expect(all.filter((user) => !/^[A-Za-z0-9_-]+$/.test(user))).toEqual([]);
  expect(names.map((name) => users({ agents: [agent(name)], principals: [], skills: [] })[1])).toEqual(
    all.slice(1, -1),
  );
});

test('nobody is given the name of the engine, or a name that is no principal', () => {
  const principals = [{ name: 'commander', level: 'L0' }] as const;

  for (const operator of ['engine', 'anyone']) {
    expect(() => users(nobody, { operators: [operator] })).toThrow(/is taken/);
  }
  expect(() => users({ agents: [], principals, skills: [] }, { operators: ['comander'] })).toThrow(
    '--operator comander: it is none of the principals of agents.yaml',
  );
});

test('an L3 gives no commands unless it is asked for by name: then it answers approvals, and does nothing else', () => {
  const principals = [{ name: 'bot', level: 'L3' }] as const;

  expect(users({ agents: [], principals, skills: [] })).toEqual(['engine', 'observer']);
  expect(rolesOf({ agents: [], principals, skills: [] }, { ...named, operators: ['bot'] })[1]).toEqual({
    role: 'operator',
    principal: 'bot',
    may: 'answer',
  });
});
