// One page of the site: the navigation, the search field, and what the Markdown became.
import { posix } from 'node:path';
import { pageOf, titleOf } from './sources.mjs';

const { dirname, relative } = posix;

export function pageHtml({ root, path, text, body, navigation }) {
  const from = (target) => relative(dirname(path), target) || '.';
  const title = titleOf(text) || path;
  const sections = navigation.map(
    (section) => `<h2>${escaped(section.title)}</h2>\n<ul>\n${section.links.map(item).join('\n')}\n</ul>`,
  );

  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} - 3OX Workflow</title>
<link rel="stylesheet" href="${from('site.css')}">
<link rel="alternate" type="text/markdown" href="${from(path)}">
</head>
<body data-root="${from('.')}">
<a class="skip" href="#content">Skip to the page</a>
<header>
<a href="${from('README.html')}">3OX Workflow</a>
<a href="${from('docs/README.html')}">All pages</a>
<div class="search" role="search">
<label for="search">Search</label>
<input id="search" type="search" autocomplete="off" spellcheck="false">
<ol id="found" aria-live="polite"></ol>
</div>
</header>
<nav aria-label="Pages">
${sections.join('\n')}
</nav>
<main id="content">
${accessible(body)}
<p class="twin"><a href="${from(path)}">This page as Markdown</a></p>
</main>
<script src="${from('search.js')}"></script>
</body>
</html>
`;

  function item({ text: words, path: target }) {
    const page = pageOf(root, target);
    const href = page === undefined ? from(target) : from(page.replace(/\.md$/, '.html'));
    const isHere = page === path ? ' aria-current="page"' : '';

    return `<li><a href="${href}"${isHere}>${escaped(words)}</a></li>`;
  }
}

/** What Markdown cannot say: a wide block is scrolled by keys, too, and a cell without words heads nothing. */
function accessible(body) {
  return body
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<table>', '<table tabindex="0">')
    .replaceAll(/<thead>\s*<tr>\s*(?:<th><\/th>\s*)+<\/tr>\s*<\/thead>/g, '')
    .replaceAll('<th></th>', '<td></td>');
}

/** https://llmstxt.org: every page as Markdown, by what it is for. */
export function llmsText({ texts, navigation, root }) {
  const named = new Set();
  const line = (path) => {
    named.add(path);
    return `- [${titleOf(texts.get(path)) || path}](${path})`;
  };
  const sections = navigation.map(({ title, links }) => {
    const paths = links
      .map(({ path }) => pageOf(root, path))
      .filter((path) => texts.has(path) && !named.has(path));
    return `## ${title}\n\n${[...new Set(paths)].map(line).join('\n')}\n`;
  });
  const others = [...texts.keys()].filter((path) => !named.has(path)).sort();
  const [, about = ''] = (texts.get('README.md') ?? '').split('\n\n');

  return [
    `# 3OX Workflow\n\n> ${about.replaceAll('\n', ' ')}\n`,
    ...sections,
    `## Optional\n\n${others.map(line).join('\n')}\n`,
  ].join('\n');
}

function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
