import type { z } from 'zod';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { PublishReport, PublishRequest, RollbackRequest } from '../../api/definitions.ts';
import { withVersion } from '../../projections/definition/definition-row.ts';
import { interfaceChanges } from '../../projections/definition/interface-changes.ts';
import { reportInWords } from '../../projections/definition/what-if-words.ts';
import { type OperationPorts, RequestRefused } from '../use-case.ts';
import { knownDefinitionsOf } from './known-definitions.ts';
import { executableText } from './resolve-definition.ts';

type Ports = Pick<OperationPorts, 'workflows' | 'board' | 'definitionFiles'>;
type Publishing = Omit<z.output<typeof PublishRequest>, 'text'> & {
  readonly definition: LoadedDefinition;
  readonly actor: string;
};

/** Publishes a definition, and tells what the latest runs say of it. Throws RequestRefused. */
export async function published(ports: Ports, { reason, ...request }: Publishing): Promise<PublishReport> {
  // Before it is published: afterwards it is the highest version itself.
  const effect = await publishEffect(ports, request.definition);
  const answer = await ports.workflows.publish({ ...request, ...(reason === undefined ? {} : { reason }) });
  if (!answer.ok) throw new RequestRefused(answer.refusal);
  const { outcome, definition: ref, against, reports } = answer.published;

  return {
    outcome,
    definition: ref,
    ...(against === undefined ? {} : { against }),
    ...effect,
    reports: reports.map(reportInWords),
  };
}

type RollingBack = z.output<typeof RollbackRequest> & { readonly id: string; readonly actor: string };

/** Nothing that is registered is ever taken back: what runs go by stays, and what is old is made new again. */
export async function rolledBack(
  ports: Ports,
  { id, version, ...request }: RollingBack,
): Promise<PublishReport> {
  return published(ports, { ...request, ...(await madeNew(ports, id, version)) });
}

/** What publishing means for whoever starts the definition, and for the runs of earlier versions that go on. */
async function publishEffect(
  ports: Ports,
  { ref, definition }: LoadedDefinition,
): Promise<Pick<PublishReport, 'running' | 'runningBy' | 'changes'>> {
  await ports.board.ready;
  const earlier = ports.board
    .live()
    .map(({ head }) => head)
    .filter((head) => head.definition.id === ref.id && head.definition.hash !== ref.hash);
  const counts = new Map<number, number>();
  for (const { definition: by } of earlier) counts.set(by.version, (counts.get(by.version) ?? 0) + 1);
  const before = await knownDefinitionsOf(ports).registeredBefore(ref);

  return {
    running: earlier.length,
    runningBy: [...counts]
      .map(([version, runs]) => ({ version, runs }))
      .sort((left, right) => right.version - left.version),
    changes: before === undefined ? [] : [...interfaceChanges(before.definition, definition)],
  };
}

/** The old version as the next one. Rejects with RequestRefused. */
async function madeNew(
  { workflows }: Ports,
  id: string,
  version: number,
): Promise<{ readonly definition: LoadedDefinition; readonly file: string }> {
  const [old, counting] = [await workflows.definition(id, version), await workflows.definition(id)];
  if (old === undefined || counting === undefined)
    throw refused('definition.not-found', `version ${version} of ${id} is not registered`);
  if (old.ref.hash === counting.ref.hash)
    throw refused('definition.is-latest', `version ${version} of ${id} is what counts already`);
  const { text, file } = old;
  // The current bundle may hold higher versions back.
  const versions = (await workflows.definitions()).filter(({ ref }) => ref.id === id);
  const highest = Math.max(counting.ref.version, ...versions.map(({ ref }) => ref.version));
  const definition = withVersion(executableText({ text, file }), file, highest + 1);
  if (definition !== undefined) return { definition, file };
  const message = `the number of version ${version} of ${id} cannot be replaced in its text`;

  throw refused('definition.version-written', message, 'publish its text with another "version" by hand');
}

function refused(code: string, message: string, fix?: string): RequestRefused {
  return new RequestRefused({ code, message }, fix);
}
