import { useLayoutEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { areas } from './app-pages.ts';
import { listenToKeys } from './keys/key-hub.ts';
import { KeySheet } from './keys/key-sheet.tsx';
import { Palette } from './keys/palette.tsx';
import { useKeys } from './keys/use-keys.ts';
import { copyText } from './parts/copy-button.tsx';

/** The keys that hold on every page, the sheet that lists them, and the palette. */
export function AppKeys() {
  const [open, setOpen] = useState<'sheet' | 'palette' | undefined>();
  const [, navigate] = useLocation();
  const close = (): void => setOpen(undefined);
  useLayoutEffect(listenToKeys, []);
  useKeys([
    { keys: '?', what: 'this list', act: () => setOpen('sheet') },
    { keys: 'Ctrl-K', what: 'go to anything', act: () => setOpen('palette') },
    { keys: '/', what: 'filter', act: focusFilter },
    { keys: 'y', what: 'copy the link to this page', act: () => void copyText(window.location.href) },
    { keys: 'Escape', what: 'back', act: goBack },
    ...areas
      .flatMap(({ pages }) => pages)
      .flatMap(({ keys, label, path }) =>
        keys === undefined ? [] : [{ keys, what: `go to ${label.toLowerCase()}`, act: () => navigate(path) }],
      ),
  ]);

  return (
    <>
      {open === 'sheet' && <KeySheet onClose={close} />}
      {open === 'palette' && <Palette onClose={close} />}
    </>
  );
}

/** Not out of the dashboard, where the browser tells what was open before it in this tab. */
function goBack(): void {
  if (!('navigation' in window) || window.navigation.canGoBack) window.history.back();
}

/** The first field of the page that filters. */
function focusFilter(): void {
  document.querySelector<HTMLElement>('#page input[type=search]')?.focus();
}
