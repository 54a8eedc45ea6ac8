import { useEffect, useRef, useState } from 'react';
import { type Draft, dropDraft, keepDraft, readDraft } from '../../editor/draft.ts';
import { useSettled } from '../../editor/settled.ts';
import { localStore } from '../../parts/local-store.ts';
import type { Source } from './use-source.ts';

const SETTLED_MS = 400;

export type Drafted = {
  readonly text: string;
  /** Takes what was typed. */
  readonly setText: (text: string) => void;
  /** Puts another text into the editor. */
  readonly replace: (text: string) => void;
  /** The text that was put in last. */
  readonly replacement: { readonly text: string } | undefined;
  /** A draft of an earlier visit that the text was taken from. */
  readonly restored: Draft | undefined;
  /** `kept`: only this browser has the text. `lost`: not even that. `none`: it is published, saved or unchanged. */
  readonly state: 'none' | 'kept' | 'lost';
  /** Back to what was there without the draft. */
  readonly discard: () => void;
  /** The text is kept elsewhere now: the browser forgets it, and it stays in the editor. */
  readonly discardKept: () => void;
};

/** The text of an editor, which the browser keeps until it is published or saved. */
export function useDraft({ key, text: first }: Source): Drafted {
  const [restored, setRestored] = useState(() => readDraft(localStore(), key));
  const [text, setText] = useState(restored?.text ?? first);
  const [replacement, setReplacement] = useState<{ readonly text: string }>();
  const [saved, setSaved] = useState<string>();
  const [opened, setOpened] = useState(first);
  const isOwn = text !== first && text !== saved;
  const isKept = useKeeping({ key, text, isOwn });

  const replace = (next: string): void => {
    setText(next);
    setReplacement({ text: next });
  };
  // Somebody else has published another text meanwhile: where nothing was written, it is that one.
  if (opened !== first) {
    setOpened(first);
    if (text === opened) replace(first);
  }
  const discardKept = (): void => {
    setSaved(text);
    setRestored(undefined);
  };
  const discard = (): void => {
    setRestored(undefined);
    replace(first);
  };

  return {
    text,
    setText,
    replace,
    replacement,
    restored: restored?.text === first ? undefined : restored,
    state: isOwn ? (isKept ? 'kept' : 'lost') : 'none',
    discard,
    discardKept,
  };
}

type Kept = { readonly key: string; readonly text: string; readonly isOwn: boolean };

/** Keeps a text that nobody else has, soon after it was typed and when the page is left. Tells whether that worked. */
function useKeeping({ key, text, isOwn }: Kept): boolean {
  const settled = useSettled(text, SETTLED_MS);
  const [isKept, setKept] = useState(true);
  const latest = useRef<Kept>({ key, text, isOwn });
  useEffect(() => {
    latest.current = { key, text, isOwn };
  });

  useEffect(() => {
    if (settled === text) setKept(keepOrDrop({ key, text, isOwn }));
  }, [settled, key, text, isOwn]);
  useEffect(() => {
    const leave = (): void => void keepOrDrop(latest.current);
    window.addEventListener('pagehide', leave);

    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);

  return isKept;
}

function keepOrDrop({ key, text, isOwn }: Kept): boolean {
  if (isOwn) return keepDraft(localStore(), key, { text, at: Date.now() });
  dropDraft(localStore(), key);

  return true;
}
