// stations.yaml says who is who and grants what; what is wrong in it is named, and nothing is granted that is not said.
import { expect, test } from 'vitest';
import { isGranted, reservedStationNames } from '../../../machines/stations/station-name.ts';
import { loadStations, plainLinks } from '../../../machines/stations/stations.ts';

const load = (content: string) => loadStations({ file: 'stations.yaml', content });

const problems = (content: string) => {
  const loaded = load(content);
  return loaded.ok ? [] : loaded.problems.map(({ code, message }) => `${code}: ${message}`);
};

test('a station, its address, and what each peer may do are read', () => {
  expect(
    load(`station: hull
listen: 0.0.0.0:7422
peers:
  bridge:
    secret: LINK
    may: {start: [inspect, "round-*"], agents: WELDER, approvals: [mia], level: L2, domain: repair}
  dock: {connect: "dock.example:7422", secret: DOCK}
`),
  ).toMatchObject({
    ok: true,
    station: 'hull',
    listen: '0.0.0.0:7422',
    peers: [
      {
        name: 'bridge',
        secret: 'LINK',
        may: {
          start: ['inspect', 'round-*'],
          agents: ['WELDER'],
          approvals: ['mia'],
          level: 'L2',
          domain: 'repair',
        },
      },
      {
        name: 'dock',
        connect: 'dock.example:7422',
        may: { start: [], agents: [], skills: [], approvals: [] },
      },
    ],
  });
});

test('what cannot work is said with what to write', () => {
  expect(problems('station: hull\npeers: {hull: {connect: "127.0.0.1:1", secret: LINK}}\n')).toEqual([
    'stations.own-station: hull is this station itself; name the other ones',
  ]);
  expect(problems('station: hull\npeers: {bridge: {secret: LINK}}\n')[0]).toContain(
    'there is no way to bridge',
  );
  expect(problems('station: Hull\nlisten: somewhere\n').join('\n')).toMatch(
    /lower-case letters[\s\S]*host and a port/,
  );
  expect(problems('peers: {}\n')[0]).toContain('station');
  expect(
    problems('station: hull\nlisten: 127.0.0.1:1\npeers: {bridge: {secret: LINK, may: {begin: [x]}}}\n')[0],
  ).toContain('begin');
});

test('a link that leads off the machine without TLS is warned of where it is written', () => {
  const warned = (content: string) => {
    const loaded = load(content);
    return loaded.ok
      ? loaded.warnings.map(({ code, line, column }) => `${line}:${column} ${code}`)
      : 'refused';
  };
  const peers = (at: string) => `peers:\n  dock: {connect: "${at}", secret: DOCK}\n`;

  expect(warned(`station: hull\nlisten: 0.0.0.0:7422\n${peers('dock.example:7422')}`)).toEqual([
    '2:9 stations.plain-link',
    '4:19 stations.plain-link',
  ]);
  expect(warned(`station: hull\nlisten: 127.0.0.1:7422\n${peers('tls://dock.example:7422')}`)).toEqual([]);
});

test('TLS is read, and half a certificate or another scheme is refused', () => {
  const link = (tls: string, at: string) =>
    `station: hull\ntls: ${tls}\npeers: {dock: {connect: "${at}", secret: DOCK}}\n`;
  expect(load(link('{ca: ca.pem}', 'tls://dock.example:7422'))).toMatchObject({
    ok: true,
    tls: { ca: 'ca.pem' },
    peers: [{ connect: 'tls://dock.example:7422' }],
  });
  expect(problems(link('{cert: hull.pem}', '127.0.0.1:1'))[0]).toContain('cert and key belong together');
  expect(problems(link('{ca: ca.pem}', 'https://127.0.0.1:1')).join()).toContain('tls://hull.example:7422');
});

test.each([
  ['127.0.0.1:7422', true],
  ['localhost:1', true],
  ['[::1]:1', true],
  ['0.0.0.0:7422', false],
  ['127.0.0.1.evil.example:1', false],
])('whether %s stays on the machine: %s', (address, stays) => {
  expect(plainLinks({ station: 'hull', listen: address, peers: [] }).length === 0).toBe(stays);
});

test.each(reservedStationNames)('a station cannot be called %s, as users of the servers are', (name) => {
  const peer = load(
    `station: hull\nlisten: 127.0.0.1:1\npeers:\n  dock: {secret: DOCK}\n  ${name}: {secret: LINK}\n`,
  );
  const own = load(`station: ${name}\n`);

  for (const [loaded, line] of [
    [peer, 5],
    [own, 1],
  ] as const) {
    expect(loaded).toMatchObject({
      ok: false,
      problems: [
        {
          code: 'stations.reserved-station',
          file: 'stations.yaml',
          line,
          message: expect.stringContaining(name),
        },
      ],
    });
    if (!loaded.ok) expect(loaded.problems[0]?.column).toBeGreaterThan(0);
  }
});

test.each([
  [['inspect'], 'inspect', true],
  [['inspect'], 'inspect-all', false],
  [['inspect-*'], 'inspect-all', true],
  [['*'], 'anything', true],
  [['a.c'], 'abc', false],
  [[], 'inspect', false],
])('%j grants %s: %s', (granted, name, may) => {
  expect(isGranted(granted, name)).toBe(may);
});
