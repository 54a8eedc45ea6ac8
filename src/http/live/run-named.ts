import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { BookRow } from '../../projections/insights/book-row.ts';
import type { ApiDeps } from '../api.ts';
import { knownDefinition } from './known-definitions.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board'>;

/** The full id of the run that is meant. Rejects with RunNotFound, RunAmbiguous. */
export async function runNamed({ workflows, board }: Deps, name: string): Promise<string> {
  await board.ready;

  return board.line(name) === undefined ? workflows.resolve(name) : name;
}

type Told = {
  readonly rows: readonly BookRow[];
  readonly loaded: LoadedDefinition | undefined;
  readonly definition: LoadedDefinition['definition'] | undefined;
};

/** What is told of a run by its rows, and the definition that says what its tasks are, where that is still there. */
export async function bookAndDefinition(deps: Deps & Pick<ApiDeps, 'rows'>, name: string): Promise<Told> {
  const { workflows, board, rows } = deps;
  const run = await runNamed(deps, name);
  const ref = board.line(run)?.head.definition;
  const [book, loaded] = await Promise.all([
    rows.open(run),
    ref === undefined ? undefined : knownDefinition(workflows, ref).catch(() => undefined),
  ]);

  return { rows: book.rows, loaded, definition: loaded?.definition };
}
