import { TimeText } from '../../parts/time-text.tsx';
import type { Drafted } from './use-draft.ts';

/** Says that the text is a draft of an earlier visit, and offers the way back. */
export function DraftNote({ draft: { restored, discard } }: { readonly draft: Drafted }) {
  if (restored === undefined) return null;

  return (
    <p className="draft-note">
      This is your draft of <TimeText iso={new Date(restored.at).toISOString()} />, kept in this browser.
      <button type="button" className="quiet" onClick={discard}>
        Discard it
      </button>
    </p>
  );
}
