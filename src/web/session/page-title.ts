import { useEffect } from 'react';
import { statusLook } from '../parts/status/status-look.ts';

const icons: Readonly<Record<string, string>> = {
  running: 'running',
  waiting: 'waiting',
  failed: 'failed',
  succeeded: 'succeeded',
};
const signs: Readonly<Record<string, string>> = {
  running: '▶',
  waiting: '◆',
  failed: '✕',
  succeeded: '✓',
  cancelled: '⊘',
};

/** The title of the tab, and its icon. With a status both carry it: `✕ failed - inventory-validation`. */
export function usePageTitle(text: string, status?: string): void {
  useEffect(() => {
    const look = status === undefined ? undefined : statusLook(status);
    document.title = titleText(text, look);
    iconLink().href = `/icons/${(look === undefined ? undefined : icons[look.hue]) ?? '3ox'}.svg`;
  }, [text, status]);
}

function titleText(text: string, look: { readonly hue: string; readonly word: string } | undefined): string {
  const told = look === undefined ? text : `${signs[look.hue] ?? '○'} ${look.word} - ${text}`;

  return `${told} · 3OX Workflow`;
}

function iconLink(): HTMLLinkElement {
  const there = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (there !== null) return there;
  const made = document.createElement('link');
  made.rel = 'icon';
  document.head.append(made);

  return made;
}
