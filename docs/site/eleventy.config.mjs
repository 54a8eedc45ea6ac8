// The site of the documentation: `npm run docs` builds it into site/, which can be opened as files or served from
// anywhere. Every page lies beside its Markdown.
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { llmsText, pageHtml } from './page.mjs';
import { searchScript } from './search-index.mjs';
import { anchorOf, linkedFiles, readNavigation, readPages, siteLink } from './sources.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');

export default function configure(site) {
  const texts = readPages(root);
  const navigation = readNavigation(texts);

  // Pages stand in several folders, and some are lists that nobody wrote.
  for (const [path, text] of texts)
    site.addTemplate(path, text, { permalink: path.replace(/\.md$/, '.html') });
  site.amendLibrary('md', (markdown) => {
    markdown.set({ html: false, linkify: false });
    markdown.core.ruler.push('site', (state) =>
      prepare(state.tokens, state.env.page.inputPath.replace(/^.*?docs\/site\//, '')),
    );
  });
  site.addTransform('page', function wrap(body) {
    const path = this.page.outputPath === false ? '' : this.page.url.slice(1).replace(/\.html$/, '.md');

    return pageHtml({ root, path, text: texts.get(path) ?? '', body, navigation });
  });
  site.on('eleventy.after', ({ directories }) => {
    const { output } = directories;
    for (const [path, text] of texts) write(join(output, path), text);
    for (const path of linkedFiles(root, texts)) cpSync(join(root, path), make(join(output, path)));
    write(join(output, 'llms.txt'), llmsText({ texts, navigation, root }));
    write(join(output, 'search-index.js'), searchScript(texts));
    copyFileSync(join(root, 'node_modules/minisearch/dist/umd/index.js'), join(output, 'minisearch.js'));
    for (const name of ['search.js', 'site.css']) copyFileSync(join(here, name), join(output, name));
    copyFileSync(join(output, 'README.html'), join(output, 'index.html'));
  });

  return {
    markdownTemplateEngine: false,
    templateFormats: ['md'],
    dir: { input: 'docs/site', output: 'site' },
  };
}

/** Headings get GitHub's anchors; links lead to pages. */
function prepare(tokens, page) {
  const taken = new Map();
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const anchor = anchorOf(tokens[at + 1].content);
      const count = taken.get(anchor) ?? 0;
      taken.set(anchor, count + 1);
      token.attrSet('id', count === 0 ? anchor : `${anchor}-${count}`);
    }
    for (const child of token.children ?? []) {
      if (child.type === 'link_open') child.attrSet('href', siteLink(root, page, child.attrGet('href')));
    }
  }
}

function make(path) {
  mkdirSync(dirname(path), { recursive: true });

  return path;
}

function write(path, text) {
  writeFileSync(make(path), text);
}
