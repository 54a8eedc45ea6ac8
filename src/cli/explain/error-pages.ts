import { readdir, readFile } from 'node:fs/promises';
import { shippedPath } from '../../files/package-path.ts';

/** What docs/errors says about one code. */
export type ErrorText = {
  readonly code: string;
  /** The page, as a path of the repository and of the package. */
  readonly page: string;
  readonly meaning: string;
  readonly causes?: string;
  readonly remedy?: string;
  readonly examples: readonly ErrorExample[];
};

/** Something that gives the code, or the same without the mistake. */
export type ErrorExample = { readonly kind: 'wrong' | 'right'; readonly text: string };

/** The texts of one page: codes that people meet in the same place. */
export type ErrorPage = {
  readonly page: string;
  readonly title: string;
  readonly texts: readonly ErrorText[];
};

const folder = 'docs/errors';
const causesMark = 'Usual causes: ';
const remedyMark = 'What to do: ';

/** All pages of the package, by title. */
export async function errorPages(): Promise<readonly ErrorPage[]> {
  const names = (await readdir(shippedPath(folder))).filter((name) => name.endsWith('.md'));
  const pages = await Promise.all(
    names.map(async (name) =>
      readErrorPage(`${folder}/${name}`, await readFile(shippedPath(`${folder}/${name}`), 'utf8')),
    ),
  );

  return pages.filter(({ texts }) => texts.length > 0).sort((a, b) => (a.title < b.title ? -1 : 1));
}

/** Up to the first full stop that ends a sentence: not the one in `definition.x` or `...`. */
export function firstSentence(text: string): string {
  return /^.*?[^.]\.(?=\s|$)/.exec(text)?.[0] ?? text;
}

/** A page as Markdown: `# title`, and a section `## code` for each code. */
function readErrorPage(page: string, markdown: string): ErrorPage {
  const [head = '', ...sections] = markdown.split(/^## /m);

  return {
    page,
    title: /^# (.+)$/m.exec(head)?.[1] ?? page,
    texts: sections.map((section) => readSection(page, section)),
  };
}

const fence = /^```\w+ (wrong|right)\n([\s\S]*?)^```$/gm;

function readSection(page: string, section: string): ErrorText {
  const [heading = '', ...lines] = section.split('\n');
  const text = lines.join('\n');
  const paragraphs = text
    .replace(fence, '')
    .split(/\n{2,}/)
    .map((paragraph) => plain(paragraph, page).trim())
    .filter((paragraph) => paragraph !== '');
  const marked = (mark: string) => paragraphs.find((each) => each.startsWith(mark))?.slice(mark.length);
  const [causes, remedy] = [marked(causesMark), marked(remedyMark)];

  return {
    code: heading.trim(),
    page,
    meaning: paragraphs
      .filter((each) => !each.startsWith(causesMark) && !each.startsWith(remedyMark))
      .join('\n\n'),
    ...(causes === undefined ? {} : { causes }),
    ...(remedy === undefined ? {} : { remedy }),
    examples: [...text.matchAll(fence)].map(
      ([, kind, example = '']): ErrorExample => ({
        kind: kind === 'wrong' ? 'wrong' : 'right',
        text: example.trimEnd(),
      }),
    ),
  };
}

/** A link as its words and the page that it leads to, a paragraph as one line. */
function plain(paragraph: string, page: string): string {
  return paragraph
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, words: string, target: string) => {
      const { pathname } = new URL(target, `file:///${page}`);
      return target.startsWith('#') ? words : `${words} (${pathname.slice(1)})`;
    });
}
