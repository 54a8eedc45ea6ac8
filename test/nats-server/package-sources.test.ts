// Provisioning asks the archives that the machine itself is configured with. These tests pin down how the two
// formats of apt are read, and which of the archives found are the distribution's own. Pure functions, tables.
import { expect, test } from 'vitest';
import {
  archiveCandidates,
  formatStanza,
  parseListSources,
  parseStanzaSources,
} from '../../src/nats-server/provision-from-packages.ts';

const BOOKWORM = 'ID=debian\nVERSION_CODENAME=bookworm\n';
const NOBLE = 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n';

test.each([
  ['deb http://mirror.test/debian bookworm main', ['http://mirror.test/debian'], ['bookworm'], ['main']],
  ['  deb\thttp://m.test/d  sid  main contrib # ours', ['http://m.test/d'], ['sid'], ['main', 'contrib']],
  ['deb file:/srv/flat ./', ['file:/srv/flat'], ['./'], []],
])('reads the line "%s"', (line, uris, suites, components) => {
  expect(parseListSources(line)).toEqual([{ uris, suites, components }]);
});

test.each([
  '',
  '# deb http://m.test/debian bookworm main',
  'deb-src http://m.test/debian bookworm main',
  'deb x',
])('passes over the line "%s"', (line) => {
  expect(parseListSources(line)).toEqual([]);
});

test('keeps who may sign, and what is trusted, from the options of a line', () => {
  const line = 'deb [arch=amd64 signed-by=/k.gpg trusted=yes] http://m.test/debian bookworm main';

  expect(parseListSources(line)).toMatchObject([{ signedBy: '/k.gpg', trusted: 'yes' }]);
});

test('reads stanzas with comments, several suites and an inline key', () => {
  const text = [
    '# the archive',
    'Types: deb deb-src',
    '# a snapshot',
    'URIs: http://m.test/debian',
    'Suites: bookworm bookworm-updates',
    'Components: main',
    'Signed-By:',
    ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
    ' .',
    ' abc',
    '',
    'Types: deb-src',
    'URIs: http://m.test/source',
    'Suites: bookworm',
    '',
    'Enabled: no',
    'Types: deb',
    'URIs: http://m.test/off',
    'Suites: bookworm',
  ].join('\n');

  expect(parseStanzaSources(text)).toEqual([
    {
      uris: ['http://m.test/debian'],
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main'],
      signedBy: '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc',
    },
  ]);
});

test('what is written for another suite reads back as the same archive', () => {
  const [source] = parseStanzaSources(
    'Types: deb\nURIs: http://m.test/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n KEY\n .\n DATA',
  );
  if (source === undefined) throw new Error('the stanza was not read');

  expect(parseStanzaSources(formatStanza(source, 'forky', ['main']))).toEqual([
    { ...source, suites: ['forky'] },
  ]);
});

test.each([
  ['the archive, not its security suites', 'http://m.test/debian bookworm main', BOOKWORM, 'forky'],
  [
    'a mirror that is a list of mirrors',
    'mirror+file:/etc/apt/mirrors/debian.list bookworm main',
    BOOKWORM,
    'forky',
  ],
  ['a mirror by its installed suite', 'http://m.test/proxy-of-it bookworm main', BOOKWORM, 'forky'],
  ['an archive of Ubuntu', 'http://m.test/ubuntu/ noble main universe', NOBLE, 'devel'],
  ['an archive of Ubuntu for other processors', 'http://m.test/ubuntu-ports noble main', NOBLE, 'devel'],
])('takes %s', (_, line, osRelease, suite) => {
  const sources = parseListSources(
    `deb http://m.test/debian-security bookworm-security main\ndeb http://other.test/apt stable main\ndeb ${line}`,
  );

  const found = archiveCandidates(sources, osRelease);

  expect(found.map(({ source, suites }) => [source.uris[0], suites[0]])).toEqual([
    [line.split(' ')[0], suite],
  ]);
});

test('asks an archive once, and one named like the distribution before one that only has its suite', () => {
  const sources = parseListSources(
    [
      'deb http://third.test/apt bookworm main',
      'deb http://m.test/debian bookworm main',
      'deb http://m.test/debian bookworm-updates main',
    ].join('\n'),
  );

  expect(archiveCandidates(sources, BOOKWORM).map(({ source }) => source.uris[0])).toEqual([
    'http://m.test/debian',
    'http://third.test/apt',
  ]);
});
