// What the search field finds: each section of each page, in a script, because a page that was opened as a file may not
// fetch anything.
import MiniSearch from 'minisearch';
import { anchorOf, titleOf } from './sources.mjs';

const searchOptions = {
  fields: ['heading', 'title', 'text'],
  storeFields: ['title', 'heading', 'url'],
};

export function searchScript(texts) {
  const index = new MiniSearch(searchOptions);
  index.addAll(
    [...texts].flatMap(([path, text]) => sectionsOf(path, text)).map((each, id) => ({ ...each, id })),
  );

  return `globalThis.searchIndex = ${JSON.stringify(JSON.stringify(index))};
globalThis.searchOptions = ${JSON.stringify(searchOptions)};
`;
}

function sectionsOf(path, text) {
  const title = titleOf(text);
  const url = path.replace(/\.md$/, '.html');
  const sections = [{ title, heading: title, url, lines: [] }];
  let isCode = false;
  for (const line of text.split('\n')) {
    if (/^\s*```/.test(line)) isCode = !isCode;
    const [, heading] = isCode ? [] : (/^##+ (.+)$/.exec(line) ?? []);
    if (heading === undefined) sections.at(-1).lines.push(line);
    else
      sections.push({
        title,
        heading: heading.replaceAll('`', ''),
        url: `${url}#${anchorOf(heading)}`,
        lines: [],
      });
  }

  return sections.map(({ lines, ...section }) => ({ ...section, text: lines.join('\n') }));
}
