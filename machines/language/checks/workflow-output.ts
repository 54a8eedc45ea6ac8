import type { Finding } from '../finding.ts';
import type { Outline } from '../outline.ts';
import { declaredOutputs } from '../references/reference-rules.ts';
import { suggest } from '../suggest.ts';

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
