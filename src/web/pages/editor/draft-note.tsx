import { ApiProblem } from '../../api/client.ts';
import { TimeText } from '../../parts/time-text.tsx';
import type { Drafted } from './use-draft.ts';

/** `error`: why the text could not be checked, if it could not. */
export type DraftNoteProps = { readonly draft: Drafted; readonly error: unknown };

/** Says that the text is a draft, where it is kept, and offers the way back to what was there before. */
export function DraftNote({ draft: { restored, state, discard }, error }: DraftNoteProps) {
  if (restored === undefined && state === 'none') return null;
  const isUnreached = error instanceof ApiProblem && error.problem.status === 0;

  return (
    <div className="draft-note" role="status">
      {restored === undefined ? (
        <p>{state === 'kept' ? 'A draft: not published, nor saved to a file.' : lostText}</p>
      ) : (
        <p>
          This is your draft of <TimeText iso={new Date(restored.at).toISOString()} />.
        </p>
      )}
      {state === 'kept' && <p className="soft">It is kept in this browser, also when the page is closed.</p>}
      {state === 'kept' && isUnreached && <p>The engine is not reached: you can go on writing.</p>}
      <button type="button" className="quiet" onClick={discard}>
        Discard it
      </button>
    </div>
  );
}

const lostText =
  'This browser keeps no drafts: what is not published or saved to a file is lost with the page.';
