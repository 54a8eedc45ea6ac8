import type { RunPage } from '../../../api/run.ts';
import { useKeys } from '../../keys/use-keys.ts';
import { copyText } from '../../parts/copy-button.tsx';
import { menuId } from './actions/run-actions.tsx';
import { type RunUrl, tabs } from './run-url.ts';
import { laterEvent } from './timeline/scrub.ts';
import type { Go } from './use-run-url.ts';

type Place = { readonly page: RunPage | undefined; readonly url: RunUrl; readonly go: Go };

/** The keys of the page of a run: tabs, events back and on, the menu, the command that shows the same. */
export function useRunKeys({ page, url, go }: Place): void {
  const moveBy = (by: number): void => {
    if (page !== undefined) go({ at: laterEvent(url.at, { by, last: page.last }) });
  };
  useKeys([
    ...tabs.map((tab, index) => ({
      keys: String(index + 1),
      what: `${tab} of the run`,
      act: () => go({ tab }),
    })),
    { keys: '[', what: 'as it was one event before', act: () => moveBy(-1) },
    { keys: ']', what: 'one event on', act: () => moveBy(1) },
    { keys: '.', what: 'actions', act: openMenu },
    {
      keys: 'c',
      what: 'copy the command that shows this run',
      act: () => void copyText(`workflow status ${page?.shortId ?? ''}`),
    },
  ]);
}

function openMenu(): void {
  const menu = document.getElementById(menuId);
  if (!(menu instanceof HTMLDetailsElement)) return;
  menu.open = true;
  menu.querySelector<HTMLElement>('.menu-list button:enabled')?.focus();
}
