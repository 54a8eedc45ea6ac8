import type { Problem } from './problem.ts';
import { placeAt, type SourceText, type Span } from './text/source-text.ts';
import { keySpan, nodeAt, type Path, type YamlNode } from './text/yaml-node.ts';

/** Something wrong at a path of the document. It becomes a `Problem` once its place in the file is looked up. */
export type Finding = {
  readonly code: string;
  readonly severity?: 'error' | 'warning';
  readonly message: string;
  readonly path: Path;
  /** What the caret points at. The value, unless said otherwise. */
  readonly at?: 'key' | 'value';
  /** Characters within the text at the path, counted from its first one. */
  readonly within?: Span;
  readonly fix?: string;
  /** The check is younger than the first release: what was accepted before is not refused for it. */
  readonly sinceAccepted?: true;
  /** Another place the message is about; its line is added to the message. */
  readonly first?: Path;
};

/** Looks up where the finding is in the file. */
export function locate(source: SourceText, root: YamlNode, finding: Finding): Problem {
  const span = finding.at === 'key' ? keySpan(root, finding.path) : valueSpan(source, root, finding);
  const { code, severity = 'error' } = finding;
  const first = finding.first === undefined ? undefined : placeAt(source, nodeAt(root, finding.first).start);
  const message = first === undefined ? finding.message : `${finding.message} (first on line ${first.line})`;
  const fix = finding.fix ?? /did you mean "([^"]+)"\?$/.exec(message)?.[1];
  const place = placeAt(source, span.start);

  return {
    code,
    severity,
    message,
    file: source.file,
    ...place,
    length: Math.max(1, Math.min(span.end - span.start, place.sourceLine.length - place.column + 1)),
    ...(fix === undefined ? {} : { fix }),
    path: pathText(root, finding.path),
  };
}

/** `tasks.build.depends_on`: tasks by their ids, without the `workflow` that all paths begin with. */
function pathText(root: YamlNode, path: Path): string {
  let text = '';
  path.forEach((part, index) => {
    if (index === 0 && part === 'workflow' && path.length > 1) return;
    const name = typeof part === 'string' ? part : idOf(nodeAt(root, path.slice(0, index + 1)));
    if (name !== undefined) text += text === '' ? name : `.${name}`;
    else if (index < path.length - 1 || typeof path[index - 1] !== 'string') text += `[${part}]`;
  });

  return text;
}

function valueSpan(source: SourceText, root: YamlNode, { path, within }: Finding): Span {
  const node = nodeAt(root, path);
  if (within === undefined || node.kind !== 'scalar' || node.verbatimStart === undefined) return node;
  const start = Math.min(node.verbatimStart + within.start, source.text.length);

  return { start, end: Math.max(start + 1, Math.min(node.verbatimStart + within.end, source.text.length)) };
}

function idOf(node: YamlNode): string | undefined {
  const id = node.kind === 'map' ? node.entries.get('id')?.value : undefined;

  return id?.kind === 'scalar' && typeof id.value === 'string' ? id.value : undefined;
}
