import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import { declaredOutputs } from '../references/reference-rules.ts';
import { suggest } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';

/** Files are written inside the project only. What an expression puts into a path is checked when it is known. */
export function checkOutputPaths({ sites, workflow }: Outline): readonly Finding[] {
  const monitoring = isMapping(workflow['monitoring']) ? workflow['monitoring'] : {};

  return [
    ...sites.flatMap(({ raw, path }) => findingsFor(raw['output_to'], [...path, 'output_to'], true)),
    ...sites.flatMap(({ raw, path }) =>
      isMapping(raw['receipt']) ? findingsFor(raw['receipt']['to'], [...path, 'receipt', 'to'], true) : [],
    ),
    ...findingsFor(monitoring['log_to'], ['workflow', 'monitoring', 'log_to'], false),
  ];
}

/** Files that one task writes over what another one, or another pass of it, has written. */
export function adviseSameFiles({ sites, graph }: Outline): readonly Finding[] {
  const written = sites.flatMap((site) => {
    const to = writtenTo(site);
    return to === undefined ? [] : [{ ...to, site }];
  });

  return written.flatMap(({ file, path, site }, index): readonly Finding[] => {
    const { id } = site.task;
    const other = written
      .slice(0, index)
      .find((each) => each.file === file && mayBothWrite(graph, each.site.task.id, id));
    const isRepeated = site.list.kind === 'items' && !file.includes('${');
    if (other === undefined && !isRepeated) return [];
    const who = other === undefined ? 'every pass' : `"${other.site.task.id}"`;
    const message = `${who} writes ${file} as well, and what was written last is left; give each a path of its own`;
    return [{ code: 'definition.same-file', severity: 'warning', message, path }];
  });
}

function writtenTo({ raw, path }: TaskSite): { readonly file: string; readonly path: Path } | undefined {
  const { output_to: to, receipt } = raw;
  if (typeof to === 'string') return { file: to, path: [...path, 'output_to'] };
  const kept = isMapping(receipt) ? receipt['to'] : undefined;

  return typeof kept === 'string' ? { file: kept, path: [...path, 'receipt', 'to'] } : undefined;
}

/** Neither waits for the other, and nothing says that only one of them is carried out. */
function mayBothWrite(graph: TaskGraph, one: string, other: string): boolean {
  if (graph.precedes(one, other) || graph.precedes(other, one)) return false;

  return !graph.isConditional(one) && !graph.isConditional(other);
}

function findingsFor(value: Json | undefined, path: Path, document: boolean): readonly Finding[] {
  if (typeof value !== 'string') return [];
  // An expression stands for an ordinary name.
  const literal = value.replace(/\$\{[^}]*\}/g, 'x');
  const fault = outsideProject(literal) ?? (document ? unknownFormat(value) : undefined);

  return fault === undefined ? [] : [{ code: 'definition.bad-path', message: fault, path }];
}

/** Why a path does not stay inside of the project; undefined when it does. */
export function outsideProject(path: string): string | undefined {
  if (/^([/~]|[A-Za-z]:)/.test(path)) return 'the path is absolute; write one inside the project directory';
  if (path.includes('\\')) return 'the path has a backslash; write / between folders';
  const names = path.split('/');
  if (names.includes('..')) return 'the path leads out of the project directory with ".."';
  if (
    names.some(
      (name) => name.length > 255 || /[\p{Cc}:]/u.test(name) || /[. ]$/.test(name.replace(/^\.$/, '')),
    )
  ) {
    return 'the path holds a name that not every system can store';
  }

  return undefined;
}

function unknownFormat(path: string): string | undefined {
  if (/\.(ya?ml|json)$/i.test(path) || path.trimEnd().endsWith('}')) return undefined;

  return 'the path must end in .yaml, .yml or .json, which says how the output is written';
}

/**
 * Each name of the workflow's output is an output that some task declares. A name close to a declared one is a typo;
 * any other is only warned of, as the seeds name outputs that none of their tasks declares.
 */
export function checkWorkflowOutput({ definition, sites }: Outline): readonly Finding[] {
  if (definition.output.kind === 'map') return [];
  const declared = new Set(sites.flatMap((site) => declaredOutputs(site.task) ?? []));

  return definition.output.names.flatMap((name, index): readonly Finding[] => {
    if (declared.has(name)) return [];
    const meant = suggest(name, declared);
    const message = `no task declares the output "${name}"`;
    const path = ['workflow', 'output', index];
    if (meant !== undefined) {
      return [{ code: 'definition.unknown-output', message: `${message}; did you mean "${meant}"?`, path }];
    }

    return [
      {
        code: 'definition.unknown-output',
        severity: 'warning',
        message: `${message}; it will be null`,
        path,
      },
    ];
  });
}
