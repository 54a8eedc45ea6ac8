// The pages of the site and what they link to, as the repository holds them. The site has the layout of the repository,
// so that a link of a page leads to the same place in both.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

const { dirname, join, normalize } = posix;

/** Markdown files that are pages, by their paths from the root of the repository. */
export function readPages(root) {
  const texts = new Map();
  const waiting = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...markdownIn(root, 'docs')];
  for (const path of waiting) {
    if (texts.has(path)) continue;
    const text = existsSync(join(root, path))
      ? readFileSync(join(root, path), 'utf8')
      : listOf(root, dirname(path));
    texts.set(path, text);
    // What is linked and has a page of its own, or is a folder, becomes a page, too.
    for (const target of linksIn(path, text)) {
      const page = pageOf(root, target);
      if (page !== undefined) waiting.push(page);
    }
  }

  return texts;
}

/** The files that pages link to and that are no pages. */
export function linkedFiles(root, texts) {
  const targets = [...texts].flatMap(([path, text]) => linksIn(path, text));

  return [...new Set(targets)].filter(
    (path) => pageOf(root, path) === undefined && existsSync(join(root, path)),
  );
}

/** The page that a path of the repository stands for: a folder is its README, or a list of its files. */
export function pageOf(root, path) {
  if (path.endsWith('.md')) return path;

  return existsSync(join(root, path)) && statSync(join(root, path)).isDirectory()
    ? join(path, 'README.md')
    : undefined;
}

/** What the site has for a link of a page: pages end in .html there. */
export function siteLink(root, page, href) {
  if (/^[a-z]+:|^#/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = pageOf(root, normalize(join(dirname(page), path)));
  if (target === undefined) return href;
  const end = path.endsWith('.md') ? path.length - '.md'.length : path.length;
  const link = path.endsWith('.md') ? `${path.slice(0, end)}.html` : join(path, 'README.html');

  return anchor === undefined ? link : `${link}#${anchor}`;
}

export function titleOf(text) {
  return (/^# (.+)$/m.exec(text)?.[1] ?? '').replaceAll('`', '');
}

/** The sections of docs/README.md: the navigation of every page, and of llms.txt. */
export function readNavigation(texts) {
  const [, ...sections] = (texts.get('docs/README.md') ?? '').split(/^## /m);

  return sections.map((section) => {
    const [title = '', ...lines] = section.split('\n');
    const links = lines.flatMap((line) =>
      [...line.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, text, href]) => ({
        text: text.replaceAll('`', ''),
        path: normalize(join('docs', href)),
      })),
    );

    return { title, links };
  });
}

/** GitHub's anchor of a heading. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function linksIn(page, text) {
  const prose = text.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, '');

  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, href]) => href)
    .filter((href) => !/^[a-z]+:|^#/.test(href))
    .map((href) => normalize(join(dirname(page), href.split('#')[0])));
}

function markdownIn(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

function listOf(root, folder) {
  const names = readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules' && name !== '__pycache__')
    .map((entry) => entry.name)
    .sort();
  const lines = names.map((name) => {
    const path = join(root, folder, name);
    return `- [${(name.endsWith('.md') && titleOf(readFileSync(path, 'utf8'))) || name}](${name})`;
  });

  return `# ${folder === 'docs/decisions' ? 'Decisions' : folder}\n\n${lines.join('\n')}\n`;
}
