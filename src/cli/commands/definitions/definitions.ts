import { type LocalDefinition, localDefinitions } from '../../../files/local-definitions.ts';
import { definitionUseCases } from '../../../operations/definitions/use-cases.ts';
import { type Order, pageOf } from '../../../operations/page.ts';
import type { OperationPorts } from '../../../operations/use-case.ts';
import type { StoredDefinition } from '../../../ports/definitions/definition-store.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';
import { limitOf, listed, noteMore, type PageFlags, wantedPage } from '../paged-list.ts';

/** `workflow definitions`: the definitions of the project, and those that runs were started from. */
export async function definitions(invocation: Invocation, flags: PageFlags): Promise<ExitCode> {
  return withPorts<ExitCode>(invocation, async (ports) => {
    if (invocation.output.json) await documentDefinitions(invocation, ports, flags);
    else await tellDefinitions(invocation, ports, flags);

    return 0;
  });
}

async function documentDefinitions(
  invocation: Invocation,
  ports: OperationPorts,
  flags: PageFlags,
): Promise<void> {
  const list = await wantedPage(flags, (input) =>
    carriedOut(invocation, ports, definitionUseCases.list, { input }),
  );
  invocation.output.document('DefinitionList', list);
}

/** People see each file and each registered version. */
async function tellDefinitions(
  invocation: Invocation,
  { workflows }: OperationPorts,
  { limit, after, all }: PageFlags,
): Promise<void> {
  const { output, hint, projectDir } = invocation;
  const local = await localDefinitions(projectDir());
  const registered = await workflows.definitions();
  const known = [...local.map(fileItem), ...registered.map(registeredItem)];
  const wanted = { limit: all === true ? Number.POSITIVE_INFINITY : limitOf(limit), after };
  const page = await listed(() => pageOf(known, order, wanted));
  if (page.items.length > 0) output.data(definitionTable(invocation, page.items));
  noteMore(invocation, page);
  output.note(
    known.length > 0
      ? `start one with ${hint('start', '<id or file>')}`
      : 'no definitions yet; put one into definitions/ or give a file to workflow start',
  );
}

const order: Order<Item> = {
  name: 'files and versions of definitions',
  place: ({ id, version, source, file }) => [id, version ?? 0, source, file],
};

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

  return formatTable(
    [
      { title: 'DEFINITION' },
      { title: 'VERSION', align: 'right' },
      { title: 'FROM' },
      { title: 'FILE', flexible: true },
      { title: 'HASH' },
    ],
    items.map(({ id, version, source, file, hash }) => [
      id,
      String(version ?? '?'),
      source,
      file,
      hash?.slice(0, 12) ?? '',
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}
