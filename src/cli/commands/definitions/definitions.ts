import { type LocalDefinition, localDefinitions } from '../../../files/local-definitions.ts';
import { definitionUseCases } from '../../../operations/definitions/use-cases.ts';
import type { StoredDefinition } from '../../../ports/definitions/definition-store.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';

/** `workflow definitions`: the definitions of the project, and those that runs were started from. */
export async function definitions(invocation: Invocation): Promise<ExitCode> {
  const { output, hint, projectDir } = invocation;
  const local = await localDefinitions(projectDir());

  return withPorts<ExitCode>(invocation, async (ports) => {
    if (output.json)
      output.document(
        'DefinitionList',
        await carriedOut(invocation, ports, definitionUseCases.list, { input: {} }),
      );
    const registered = await ports.workflows.definitions();
    const items = [...local.map(fileItem), ...registered.map(registeredItem)];
    if (items.length > 0) output.data(definitionTable(invocation, items));
    else output.note('no definitions yet; put one into definitions/ or give a file to workflow start');
    if (items.length > 0) output.note(`start one with ${hint('start', '<id or file>')}`);

    return 0;
  });
}

type Item = {
  readonly id: string;
  readonly version: number | undefined;
  readonly source: 'file' | 'registered';
  readonly file: string;
  readonly hash?: string;
};

function fileItem({ id, version, path }: LocalDefinition): Item {
  return { id, version, source: 'file', file: path };
}

function registeredItem({ ref, file }: StoredDefinition): Item {
  return { id: ref.id, version: ref.version, source: 'registered', file, hash: ref.hash };
}

function definitionTable({ output }: Invocation, items: readonly Item[]): string {
  const columns = output.columns();
  const ordered = [...items].sort((a, b) =>
    a.id < b.id ? -1 : a.id > b.id ? 1 : (a.version ?? 0) - (b.version ?? 0),
  );

  return formatTable(
    [
      { title: 'DEFINITION' },
      { title: 'VERSION', align: 'right' },
      { title: 'FROM' },
      { title: 'FILE', flexible: true },
      { title: 'HASH' },
    ],
    ordered.map(({ id, version, source, file, hash }) => [
      id,
      String(version ?? '?'),
      source,
      file,
      hash?.slice(0, 12) ?? '',
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}
