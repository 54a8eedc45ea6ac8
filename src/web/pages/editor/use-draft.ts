import { useEffect, useState } from 'react';
import { type Draft, type DraftStore, dropDraft, keepDraft, readDraft } from '../../editor/draft.ts';
import { useSettled } from '../../editor/settled.ts';
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
  /** Back to what was there without the draft. */
  readonly discard: () => void;
  /** The text is kept elsewhere now: the browser forgets it, and it stays in the editor. */
  readonly discardKept: () => void;
};

/** The text of an editor, which the browser keeps until it is published or saved. */
export function useDraft({ key, text: first }: Source): Drafted {
  const [restored, setRestored] = useState(() => readDraft(browserStore(), key));
  const [text, setText] = useState(restored?.text ?? first);
  const [replacement, setReplacement] = useState<{ readonly text: string }>();
  const settled = useSettled(text, SETTLED_MS);

  useEffect(() => {
    if (settled === first) dropDraft(browserStore(), key);
    else keepDraft(browserStore(), key, { text: settled, at: Date.now() });
  }, [settled, first, key]);

  const replace = (next: string): void => {
    setText(next);
    setReplacement({ text: next });
  };
  const discardKept = (): void => {
    dropDraft(browserStore(), key);
    setRestored(undefined);
  };
  const discard = (): void => {
    discardKept();
    replace(first);
  };

  return {
    text,
    setText,
    replace,
    replacement,
    restored: restored?.text === first ? undefined : restored,
    discard,
    discardKept,
  };
}

/** Some browsers throw at the mere mention of their storage. */
function browserStore(): DraftStore | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
