// Who may do what. Method: one principal of each level, every kind of deed, and the whole refusal compared.
import { describe, expect, test } from 'vitest';
import { defining } from '../../../machines/agents/actions.ts';
import { authorityOf, type Deed } from '../../../machines/agents/authority.ts';

const principals = [
  { name: 'commander', level: 'L0' },
  { name: 'chief', level: 'L1' },
  { name: 'ana', level: 'L2', domain: 'ops' },
  { name: 'drifter', level: 'L2' },
  { name: 'bot', level: 'L3' },
] as const;
const { refusal } = authorityOf(principals);

const start = (domain?: string): Deed => ({ kind: 'start', definition: 'release', domain });
const approve = (asked: { level?: 'L0' | 'L1' | 'L2' | 'L3'; names?: readonly string[] } = {}): Deed => ({
  kind: 'approve',
  task: 'sign',
  asked: { groups: [asked], delegates: [], gone: [] },
});
const deeds = {
  'start of one of its domain': start('ops'),
  'start of one of another domain': start('finance'),
  'start of one of no domain': start(),
  define: { kind: 'define', definition: 'release' },
  control: { kind: 'control', what: 'pausing a run' },
  drain: { kind: 'drain', agent: 'GUARDIAN' },
  signal: { kind: 'signal', name: 'go' },
  emit: { kind: 'emit', type: 'order.paid' },
  'approve what asks for nobody': approve(),
} satisfies Record<string, Deed>;

const allowedTo = (actor: string): readonly string[] =>
  Object.entries(deeds).flatMap(([name, deed]) => (refusal(actor, deed) === undefined ? [name] : []));

describe('each level may', () => {
  test('L0 everything', () => {
    expect(allowedTo('commander')).toEqual(Object.keys(deeds));
  });
  test('L1 everything but approve', () => {
    expect(allowedTo('chief')).toEqual(Object.keys(deeds).filter((name) => !name.startsWith('approve')));
  });
  test('L2 start what is of its domain, send signals and emit events', () => {
    expect(allowedTo('ana')).toEqual(['start of one of its domain', 'signal', 'emit']);
    expect(allowedTo('drifter')).toEqual(['signal', 'emit']);
  });
  test('L3 nothing', () => {
    expect(allowedTo('bot')).toEqual([]);
  });
  test('everybody everything where no principals are declared, whatever their name', () => {
    const open = authorityOf([]);

    expect(Object.values(deeds).map((deed) => open.refusal('whoever', deed))).toEqual(
      Object.values(deeds).map(() => undefined),
    );
  });
});

describe('a task that asks for approvers is answered', () => {
  test('by the level that it names and those above', () => {
    const may = (level: 'L0' | 'L1' | 'L2' | 'L3') =>
      principals
        .filter(({ name }) => refusal(name, approve({ level })) === undefined)
        .map(({ name }) => name);

    expect(may('L0')).toEqual(['commander']);
    expect(may('L1')).toEqual(['commander', 'chief']);
    expect(may('L2')).toEqual(['commander', 'chief', 'ana', 'drifter']);
    expect(may('L3')).toEqual(principals.map(({ name }) => name));
  });
  test('by those that it names, whatever their level, and by nobody else', () => {
    const asked = approve({ names: ['ana', 'bot'] });

    expect(refusal('ana', asked)).toBeUndefined();
    expect(refusal('bot', asked)).toBeUndefined();
    expect(refusal('commander', asked)).toEqual({
      code: 'approval.not-allowed',
      message: 'commander is none of the approvers of sign: ana, bot',
    });
  });
  test('by those that it names who have the level, when it asks for both', () => {
    const asked = approve({ names: ['ana', 'chief'], level: 'L1' });

    expect(refusal('chief', asked)).toBeUndefined();
    expect(refusal('ana', asked)).toEqual({
      code: 'authority.level',
      message: 'ana is L2; approving sign needs L1',
    });
  });
  test('by none that is named but not among the principals', () => {
    expect(refusal('eve', approve({ names: ['eve'] }))?.code).toBe('authority.unknown');
  });
});

describe('a refusal says what is needed', () => {
  test.each<[string, Deed, string, string]>([
    ['ana', approve(), 'authority.level', 'ana is L2; approving sign needs L0'],
    ['ana', deeds.control, 'authority.level', 'ana is L2; pausing a run needs L1'],
    ['ana', deeds.define, 'authority.level', 'ana is L2; registering the definition release needs L1'],
    ['bot', deeds.signal, 'authority.level', 'bot is L3; sending the signal go needs L2'],
    ['bot', deeds.drain, 'authority.level', 'bot is L3; draining GUARDIAN needs L1'],
    ['bot', start('ops'), 'authority.level', 'bot is L3; starting release needs L2 of the domain ops, or L1'],
    ['bot', start(), 'authority.level', 'bot is L3; starting release needs L1'],
    [
      'ana',
      start('finance'),
      'authority.domain',
      'ana is L2 of the domain ops; starting release needs L2 of the domain finance, or L1',
    ],
    [
      'ana',
      start(),
      'authority.domain',
      'ana is L2 of the domain ops; release has no label "domain", so starting it needs L1',
    ],
    [
      'drifter',
      start('ops'),
      'authority.domain',
      'drifter is L2 without a domain; starting release needs L2 of the domain ops, or L1',
    ],
    // A name that is close is not told apart from others: nobody is talked into being somebody else.
    [
      'cheif',
      start(),
      'authority.unknown',
      '"cheif" is none of the principals; there are commander, chief, ana, drifter, bot',
    ],
    [
      'zoe',
      start(),
      'authority.unknown',
      '"zoe" is none of the principals; there are commander, chief, ana, drifter, bot',
    ],
  ])('%s %j', (actor, deed, code, message) => {
    expect(refusal(actor, deed)).toEqual({ code, message });
  });

  test('and names only some of many principals', () => {
    const many = authorityOf(
      Array.from({ length: 9 }, (_, index) => ({ name: `person-${index}`, level: 'L0' })),
    );

    expect(many.refusal('x', approve())?.message).toBe(
      '"x" is none of the principals; there are person-0, person-1, person-2, person-3, person-4, ...',
    );
  });
});

describe('the STRATOS level of a definition', () => {
  const of = (stratos: 'strategic' | 'tactical' | 'operational') => ({
    start: ['commander', 'chief', 'ana'].filter(
      (name) => refusal(name, { kind: 'start', definition: 'release', domain: 'ops', stratos }) === undefined,
    ),
    change: ['commander', 'chief', 'ana'].filter(
      (name) => refusal(name, { kind: 'define', definition: 'release', stratos }) === undefined,
    ),
  });
  test('bounds who starts and who changes it', () => {
    expect(of('strategic')).toEqual({ start: ['commander', 'chief'], change: ['commander'] });
    expect(of('tactical')).toEqual({ start: ['commander', 'chief', 'ana'], change: ['commander', 'chief'] });
    expect(of('operational')).toEqual(of('tactical'));
  });
  test('counts as the higher of what the definition was and is to be', () => {
    const labelled = (stratos: string) => ({ id: 'release', labels: { stratos } });
    expect(defining(labelled('operational'), labelled('strategic'))).toMatchObject({ stratos: 'strategic' });
    expect(defining(labelled('strategic'), labelled('operational'))).toMatchObject({ stratos: 'strategic' });
    expect(defining(labelled('tactical'))).toMatchObject({ stratos: 'tactical' });
    expect(defining({ id: 'release', labels: {} })).toEqual({ kind: 'define', definition: 'release' });
  });
  test('is named in the refusal', () => {
    expect(
      refusal('ana', { kind: 'start', definition: 'release', domain: 'ops', stratos: 'strategic' }),
    ).toEqual({
      code: 'authority.level',
      message: 'ana is L2; starting release, which is strategic, needs L1',
    });
    expect(refusal('chief', { kind: 'define', definition: 'release', stratos: 'strategic' })).toEqual({
      code: 'authority.level',
      message: 'chief is L1; registering the strategic definition release needs L0',
    });
  });
});
