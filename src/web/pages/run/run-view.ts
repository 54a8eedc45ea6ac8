import type { RunPage } from '../../../api/run.ts';
import { useApi } from '../../api/client.ts';
import type { RunUrl } from './run-url.ts';
import type { Go } from './use-run-url.ts';

/** What every part of the page knows: the run, as it is or was, and where on the page one is. */
export type RunPageState = { readonly page: RunPage; readonly url: RunUrl; readonly go: Go };

/** One part of a run, such as its timeline, as it is or as it was after the event of the address. */
export function useRunPart<T>(run: string, part: string, at: number | undefined) {
  return useApi<T>(['runs', run, part], at === undefined ? undefined : { at }, { keepsPrevious: true });
}
