// Pins down that the documentation does not lie: the page of events is what the catalogue says, links lead somewhere,
// and the commands that a page tells a reader to type exist. Method: read the pages, and planted ones to be sure.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { commandsIn } from '../support/markdown-commands.ts';
import { anchorOf, eventsPage } from './events-page.ts';
import { repositoryFiles, root, sourceFiles, textOf } from './repository-files.ts';

const pages = repositoryFiles().filter((path) => /^(README|CONTRIBUTING|docs\/.*)\.md$/.test(path));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(textOf('package.json')));
const commands = new Set(
  [...textOf('docs/cli.md').matchAll(/^## workflow (\S+)/gm)].map(([, name = '']) => name),
);

test('docs/events.md is what the catalogue says', async () => {
  await expect(eventsPage()).toMatchFileSnapshot(join(root, 'docs/events.md'));
});

test('every relative link leads to a file and a heading that exist', () => {
  expect(pages.flatMap((page) => brokenLinks(page, textOf(page)))).toEqual([]);
});

test('the README is at most 150 lines, and the page that lists all pages names each', () => {
  const list = textOf('docs/README.md');
  const listed = pages.filter((page) => /^docs\/(?!decisions|README).*\.md$/.test(page));

  expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  const left = listed.filter((page) => !list.includes(`](${page.slice('docs/'.length)})`));
  expect(left, 'name it in docs/README.md: the navigation of the site is made from that').toEqual([]);
});

test('every decision that the code refers to is recorded', () => {
  const records = pages.filter((page) => page.startsWith('docs/decisions/')).map((page) => page.slice(0, 19));
  const named = sourceFiles().flatMap((path) => textOf(path).match(/docs\/decisions\/\d{4}/g) ?? []);

  expect(named.filter((name) => !records.includes(name))).toEqual([]);
});

test('every command of a page exists', () => {
  expect(pages.flatMap((page) => unknownCommands(page, textOf(page)))).toEqual([]);
});

test('a broken link is reported', () => {
  const text =
    '# Top\n[a](nowhere.md) [b](#below) [c](#top) [d](https://example.com) [e](events.md#run-started)\n';

  expect(brokenLinks('docs/planted.md', text)).toEqual([
    'docs/planted.md: nowhere.md leads nowhere',
    'docs/planted.md: #below leads nowhere',
    'docs/planted.md: events.md#run-started leads nowhere',
  ]);
});

test('an unknown command is reported', () => {
  const text =
    '```sh\nnpm test\nnpm run nothing\nnpx vitest run\nnpx nobody\nworkflow start x\nworkflow fly\n```\n';

  expect(unknownCommands('a.md', text)).toEqual([
    'a.md:3: "npm run nothing" names nothing that exists',
    'a.md:5: "npx nobody" names nothing that exists',
    'a.md:7: "workflow fly" names nothing that exists',
  ]);
});

function brokenLinks(page: string, text: string): readonly string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(
    ([, target]) => target ?? '',
  );

  return links
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, text, target))
    .map((target) => `${page}: ${target} leads nowhere`);
}

function leadsSomewhere(page: string, text: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (path !== '' && !existsSync(join(root, file))) return false;
  if (anchor === undefined) return true;

  const headings = withoutCode(path === '' ? text : textOf(file)).matchAll(/^#+ (.+)$/gm);
  return [...headings].some(([, heading]) => anchorOf(heading ?? '') === anchor);
}

function withoutCode(text: string): string {
  return text.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, '');
}

function unknownCommands(page: string, text: string): readonly string[] {
  return commandsIn(text)
    .filter(({ words }) => !exists(words))
    .map((command) => `${page}:${command.line}: "${command.text}" names nothing that exists`);
}

function exists([program, first = '', second = '']: readonly string[]): boolean {
  if (program === 'npm') {
    return ['ci', 'install', 'link'].includes(first) || (first === 'run' ? second : first) in scripts;
  }
  if (program === 'npx' && first !== 'workflow') return existsSync(join(root, 'node_modules/.bin', first));
  if (program !== 'npx' && program !== 'workflow') return true;
  const name = program === 'npx' ? second : first;

  return name === '' || name.startsWith('-') || name === 'help' || commands.has(name);
}
