import { EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import type { Problem } from '../problem.ts';
import { placeAt, type SourceText, type Span } from './source-text.ts';
import { documentDepthMax, type YamlNode } from './yaml-node.ts';
import { buildTree } from './yaml-tree.ts';

export type ReadYaml =
  | { readonly ok: true; readonly root: YamlNode; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const nodesMax = 20_000;

/**
 * Parses a text into a tree whose nodes know their places. `problems` of a tree that could be built are duplicate
 * keys: the first of each counts, so that everything else can be checked as well.
 */
export function readYaml(source: SourceText): ReadYaml {
  const events = parse(source);
  if (!Array.isArray(events)) return { ok: false, problems: [events as Problem] };
  const refusal = checkSize(source, events) ?? checkDocuments(source, events);
  if (refusal !== undefined) return { ok: false, problems: [refusal] };

  const problems: Problem[] = [];
  const root = buildTree(source, events, ({ code, message, span }) => {
    problems.push(problemAt(source, { code, message, span }));
  });
  if (root === undefined || problems.some((each) => each.code !== 'definition.duplicate-key')) {
    return { ok: false, problems };
  }

  return { ok: true, root, problems };
}

/** A problem of the text itself, outside any path of the definition. */
function problemAt(
  source: SourceText,
  { code, message, span }: { readonly code: string; readonly message: string; readonly span: Span },
): Problem {
  const length = Math.max(1, span.end - span.start);

  return {
    code,
    severity: 'error',
    message,
    file: source.file,
    ...placeAt(source, span.start),
    length,
    path: '',
  };
}

function parse(source: SourceText): Event[] | Problem {
  try {
    return parseEvents(source.yaml, { maxDepth: documentDepthMax });
  } catch (error) {
    return syntaxProblem(source, error);
  }
}

function syntaxProblem(source: SourceText, error: unknown): Problem {
  // The parser says that every exception must be caught, not only its own kind.
  const exception = error instanceof YAMLException ? error : undefined;
  const reason = exception?.reason ?? (error instanceof Error ? error.message : String(error));
  // At the end of the file there is no character to point at: point behind the last one there is.
  const end = Math.min(exception?.mark?.position ?? 0, source.yaml.trimEnd().length);
  const quote = /quoted scalar|deficient indentation/.test(reason) ? openQuote(source.yaml, end) : undefined;
  const unspaced = reason.startsWith('bad indentation') ? unspacedColon(source.yaml, end) : undefined;
  const position = quote ?? unspaced ?? end;
  const span = { start: position, end: position + 1 };
  if (reason.startsWith('nesting exceeded')) {
    return problemAt(source, {
      code: 'yaml.too-deep',
      message: `nested deeper than ${documentDepthMax} levels`,
      span,
    });
  }
  const message = (): string => {
    if (quote !== undefined) return 'a quote is opened and never closed';
    if (unspaced !== undefined) return 'a blank is missing behind the colon';

    return explained(reason, lineAt(source.yaml, end).text);
  };

  return problemAt(source, { code: 'yaml.syntax', message: message(), span });
}

/** The line that a place is in, and where it begins. */
function lineAt(yaml: string, position: number): { readonly text: string; readonly start: number } {
  const start = yaml.lastIndexOf('\n', position - 1) + 1;
  const end = yaml.indexOf('\n', position);

  return { text: yaml.slice(start, end < 0 ? undefined : end), start };
}

/** A key without a blank behind its colon is text, so that the parser stumbles there or on the next line. */
function unspacedColon(yaml: string, position: number): number | undefined {
  const here = lineAt(yaml, position);
  const lines = here.start === 0 ? [here] : [lineAt(yaml, here.start - 1), here];
  for (const { text, start } of lines) {
    const found = /^[ -]*[\w-]+:(?=[^\s:/])/.exec(text);
    if (found !== null) return start + found[0].length;
  }

  return undefined;
}

/** The parser stumbles where a quoted text should have ended; what helps is the place where it began. */
function openQuote(yaml: string, end: number): number | undefined {
  const lines = yaml.slice(0, end).split('\n');
  let offset = end;
  for (const line of lines.reverse().slice(0, 200)) {
    offset -= line.length;
    const opening = /(?:^|[\s:,[{-])(["'])/.exec(line);
    const quote = opening?.[1] ?? '';
    if (opening !== null && line.split(quote).length % 2 === 0)
      return offset + opening.index + opening[0].length - 1;
    offset -= 1;
  }

  return undefined;
}

function explained(reason: string, line: string): string {
  if (reason.includes('quoted scalar')) return 'a quote is opened and never closed';
  if (reason === 'deficient indentation') return 'the line is not indented far enough';
  if (reason.includes('tab characters')) return 'a tab is used to indent; YAML is indented with spaces';
  if (reason.startsWith('missed comma') && line.includes('${')) {
    return 'within { } and [ ] a text with ${...} needs quotes, such as {name: "${workflow.input.name}"}';
  }
  if (reason === 'bad indentation of a mapping entry') {
    return 'bad indentation, or a value with ": " in it that needs quotes';
  }
  if (reason.startsWith('name of an alias')) {
    return 'a value that begins with * needs quotes, such as "* * * * *"';
  }

  return reason;
}

function checkSize(source: SourceText, events: readonly Event[]): Problem | undefined {
  let nodes = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) continue;
    nodes += 1;
    if (nodes <= nodesMax) continue;
    const span = spanOf(event);

    return problemAt(source, { code: 'yaml.too-many-nodes', message: `more than ${nodesMax} values`, span });
  }

  return undefined;
}

function checkDocuments(source: SourceText, events: readonly Event[]): Problem | undefined {
  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT);
  const first = { start: 0, end: 1 };
  if (documents.length === 0 || events.length < 2 || source.yaml.trim() === '') {
    return problemAt(source, { code: 'yaml.empty', message: 'the file holds no YAML value', span: first });
  }
  if (documents.some((event) => event.directives.some((directive) => directive.kind === 'tag'))) {
    return problemAt(source, { code: 'yaml.tag', message: '%TAG is not supported', span: first });
  }
  if (documents.length === 1) return undefined;

  const message = 'several YAML documents in one file; keep one, without a second "---"';

  return problemAt(source, { code: 'yaml.several-documents', message, span: secondDocument(source, events) });
}

function secondDocument(source: SourceText, events: readonly Event[]): Span {
  const first = events.findIndex((event) => event.type === EVENT_ID.DOCUMENT);
  const second = events.findIndex((event, index) => index > first && event.type === EVENT_ID.DOCUMENT);
  const written = events.slice(0, second).reduce((end, event) => Math.max(end, spanOf(event).end), 0);
  const marker = /^(---|\.\.\.)/gm;
  marker.lastIndex = written;
  const start = marker.exec(source.yaml)?.index ?? written;

  return { start, end: start + 3 };
}

function spanOf(event: Event): Span {
  if (event.type === EVENT_ID.SCALAR)
    return { start: Math.max(0, event.valueStart), end: Math.max(1, event.valueEnd) };
  if (event.type === EVENT_ID.ALIAS) return { start: event.anchorStart - 1, end: event.anchorEnd };
  const start = 'start' in event ? event.start : 0;

  return { start, end: start + 1 };
}
