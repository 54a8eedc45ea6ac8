import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type ErrorPage, type ErrorText, errorPages, firstSentence } from '../explain/error-pages.ts';
import type { Invocation } from '../invocation.ts';

/** What an error code means, why the product refuses, and what to do; without a code, which there are. */
export async function explain(invocation: Invocation, asked: string | undefined): Promise<ExitCode> {
  const pages = await errorPages();
  const texts = pages.flatMap((page) => page.texts);
  if (asked === undefined) return listPages(invocation, pages);
  const prefix = asked.replace(/\.\*?$/, '');
  const found = textOf(texts, asked);
  const listed = texts.filter(({ code }) => code.startsWith(`${prefix}.`));
  if (found !== undefined) show(invocation, found);
  else if (listed.length > 0) listCodes(invocation, prefix, listed);
  else throw await unknown(asked, texts);

  return 0;
}

/** Files that are read as definitions are: their codes are those of definitions, with another first word. */
const settings = /^(agents|serve|stations|enterprise)\./;

type Found = { readonly asked: string; readonly text: ErrorText };

function textOf(texts: readonly ErrorText[], asked: string): Found | undefined {
  const meant = asked.replace(settings, 'definition.');
  const text = texts.find(({ code }) => code === asked) ?? texts.find(({ code }) => code === meant);

  return text === undefined ? undefined : { asked, text };
}

async function unknown(asked: string, texts: readonly ErrorText[]): Promise<CliFailure> {
  // Loaded for a wrong word only, as what measures texts of any language is not at all.
  const { didYouMean } = await import('../../../machines/language/suggest.ts');
  const codes = texts.map(({ code }) => code);
  const known = [...codes, ...codes.map((code) => code.replace(/\..*/, ''))];

  return new CliFailure(
    'usage.topic',
    `there is no error code "${asked}"${didYouMean(asked, known)}`,
    'workflow explain',
  );
}

function show({ output }: Invocation, { asked, text: found }: Found): void {
  const { code, page, meaning, causes, remedy, examples } = found;
  const columns = Math.min(output.columns() ?? columnsDefault, columnsMax);
  const same = asked === code ? [] : [`The same as ${code}, in ${asked.replace(/\..*/, '')}.yaml.`];
  const paragraphs = [
    ...same,
    ...meaning.split('\n\n'),
    ...(causes === undefined ? [] : [`Usual causes: ${causes}`]),
    ...(remedy === undefined ? [] : [`What to do: ${remedy}`]),
  ].map((paragraph) => wrapped(paragraph, columns));
  // The examples are definitions: in another file they would be misread.
  const shown = asked === code ? examples : [];
  const blocks = shown.map(
    ({ kind, text }) => `${kind === 'wrong' ? 'Wrong' : 'Right'}:\n\n${text.replaceAll(/^(?=.)/gm, '    ')}`,
  );
  const text = [...paragraphs, ...blocks].join('\n\n');
  output.document('ErrorText', { ...found, code: asked, examples: shown, text });
  output.data([output.paint.bold(asked), '', text, '', output.paint.dim(page)].join('\n'));
}

const columnsDefault = 80;
/** Longer lines are hard to read. */
const columnsMax = 100;

function wrapped(paragraph: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }

  return [...lines, line].join('\n');
}

function listPages({ output, hint }: Invocation, pages: readonly ErrorPage[]): ExitCode {
  const items = pages.map(({ page, title, texts }) => ({
    page,
    title,
    prefixes: [...new Set(texts.map(({ code }) => code.replace(/\..*/, '')))],
    codes: texts.length,
  }));
  output.document('ErrorPages', { items });
  for (const { title, prefixes } of items)
    output.data(`${output.paint.bold(title)}\n  ${prefixes.join(', ')}`);
  output.note(`\none code:  ${hint('explain', 'definition.unknown-task')}`);
  output.note(`all that begin so:  ${hint('explain', 'definition')}`);

  return 0;
}

function listCodes({ output, hint }: Invocation, prefix: string, texts: readonly ErrorText[]): void {
  const items = texts.map(({ code, page, meaning }) => ({ code, page, meaning: firstSentence(meaning) }));
  output.document('ErrorTexts', { prefix, items });
  const width = Math.max(...items.map(({ code }) => code.length));
  const columns = output.columns();
  for (const { code, meaning } of items) {
    const line = `${code.padEnd(width)}  ${meaning}`;
    const isLong = columns !== undefined && line.length > columns;
    output.data(isLong ? `${line.slice(0, columns - 1)}…` : line);
  }
  output.note(`\nmore about one:  ${hint('explain', items[0]?.code ?? prefix)}`);
}
