import {
  isDefinitionPath,
  type ResolvedDefinition,
  resolveDefinition,
} from '../../../operations/definitions/resolve-definition.ts';
import { definitionUseCases } from '../../../operations/definitions/use-cases.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { printedLineDiff } from '../../../terminal/render/line-diff.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { definitionSources } from '../../start/definition-sources.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';

/** `workflow definitions show <id>[@version]`: the text of a definition, as it was registered or as its file is. */
export async function showDefinition(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output } = invocation;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const { loaded, file } = await found(invocation, ports.workflows, name);
    const { id, version } = loaded.ref;
    const input = { id, version, ...(isDefinitionPath(name) ? { file } : {}) };
    if (output.json)
      output.document('Definition', await carriedOut(invocation, ports, definitionUseCases.show, { input }));
    else output.data(loaded.text.trimEnd());

    return 0;
  });
}

/** `workflow definitions diff <one> <other>`: the lines that differ between two definitions. */
export async function diffDefinitions(invocation: Invocation, one: string, other: string): Promise<ExitCode> {
  const { output } = invocation;

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const before = await found(invocation, workflows, one);
    const after = await found(invocation, workflows, other);
    const lines = printedLineDiff(linesOf(before), linesOf(after));
    output.document('DefinitionDiff', { from: before.loaded.ref, to: after.loaded.ref, lines });
    if (lines.length === 0) output.note('both say the same, line by line');
    else output.data([`--- ${headingOf(before)}`, `+++ ${headingOf(after)}`, ...lines].join('\n'));

    return 0;
  });
}

async function found(
  invocation: Invocation,
  workflows: Workflows,
  name: string,
): Promise<ResolvedDefinition> {
  return resolveDefinition(await definitionSources(invocation, workflows), name);
}

function linesOf({ loaded }: ResolvedDefinition): readonly string[] {
  return loaded.text.trimEnd().split('\n');
}

function headingOf({ loaded: { ref }, file }: ResolvedDefinition): string {
  return `${ref.id} v${ref.version}  ${file}`;
}
