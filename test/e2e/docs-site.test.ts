// The site of the documentation is whole: every link of every page leads to a file and a heading, every page lies
// beside its Markdown, llms.txt names each, and the search finds without a server. Method: built into a folder as
// `npm run docs` does, read as files; the search by the scripts that a browser loads.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let site: string;
let pages: readonly string[];

beforeAll(async () => {
  site = await mkdtemp(join(tmpdir(), 'workflow-site-'));
  const args = ['run', '--silent', 'docs', '--', `--output=${site}`];
  const { status, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the site cannot be built: ${stderr}`);
  pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'));
});
afterAll(() => rm(site, { recursive: true, force: true }));

test('every page of docs is there, and lies beside its Markdown', () => {
  const written = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path.replace(/\.md$/, '.html')));

  expect(written.filter((path) => !pages.includes(path))).toEqual([]);
  const twins = pages.filter((path) => path !== 'index.html').map((path) => path.replace(/\.html$/, '.md'));
  expect(twins.filter((path) => !existsSync(join(site, path)))).toEqual([]);
  expect(textOf('docs/workers.md')).toBe(readFileSync(join(root, 'docs/workers.md'), 'utf8'));
});

test('every link leads to a file and a heading, and nothing is loaded from elsewhere', () => {
  const anchors = new Map(pages.map((page) => [page, anchorsOf(textOf(page))]));
  const broken = pages.flatMap((page) =>
    linksOf(textOf(page))
      .filter((link) => !leads(page, link))
      .map((link) => `${page}: ${link}`),
  );

  expect(broken).toEqual([]);
  // Markdown is linked as the page's own, and by nothing else.
  const toMarkdown = pages.map(
    (page) => linksOf(textOf(page)).filter((link) => /\.md(#|$)/.test(link)).length,
  );
  expect(Math.max(...toMarkdown)).toBe(2);
  expect(pages.filter((page) => /<(script|link|img)[^>]+(src|href)="[a-z]+:/.test(textOf(page)))).toEqual([]);

  function leads(page: string, link: string): boolean {
    if (/^[a-z]+:/.test(link)) return true;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    const isThere = existsSync(join(site, target)) && statSync(join(site, target)).isFile();

    return isThere && (anchor === undefined || (anchors.get(target)?.has(anchor) ?? false));
  }
});

test('a link that leads nowhere would be found', () => {
  const planted = '<h2 id="a b">A</h2><a href="x.html#one&amp;two">x</a><script src="../search.js"></script>';

  expect(linksOf(planted)).toEqual(['x.html#one&two', '../search.js']);
  expect([...anchorsOf(planted)]).toEqual(['a b']);
});

test('llms.txt names each page', () => {
  const named = [...textOf('llms.txt').matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path);
  const expected = pages
    .filter((page) => page !== 'index.html')
    .map((page) => page.replace(/\.html$/, '.md'));

  expect([...named].sort()).toEqual([...expected].sort());
});

test('the search answers a word with the section that is about it', () => {
  const context = createContext({});
  for (const script of ['minisearch.js', 'search-index.js']) runInContext(textOf(script), context);
  const found = (words: string): readonly string[] =>
    runInContext(
      `MiniSearch.loadJSON(searchIndex, searchOptions).search(${JSON.stringify(words)}, { prefix: true, combineWith: 'AND' }).map(({ url }) => url)`,
      context,
    ) as readonly string[];

  expect(found('dedupe_key').length).toBeGreaterThan(0);
  expect(found('four eyes').slice(0, 3)).toContain('docs/approvals.html#four-eyes');
  expect(found('heartb')).toContain('docs/workers.html#reports');
  expect(found('zyxwvut')).toEqual([]);
  // What is found is there.
  const [path = '', anchor = ''] = (found('four eyes')[0] ?? '').split('#');
  expect(anchorsOf(textOf(path)).has(anchor)).toBe(true);
});

function textOf(path: string): string {
  return readFileSync(join(site, path), 'utf8');
}

function linksOf(html: string): readonly string[] {
  return [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link = '']) =>
    decodeURI(link.replaceAll('&amp;', '&')),
  );
}

function anchorsOf(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => decodeURI(id)));
}
