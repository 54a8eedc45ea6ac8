import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { useSession } from '../session/session.ts';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

export type ActionButtonProps = {
  readonly label: string;
  /** Carries it out; what it throws is shown beside the button. The reason is undefined where none was given. */
  readonly run: (reason: string | undefined) => Promise<unknown>;
  /** Asks first, under this title. Without it a click carries it out. */
  readonly title?: string;
  /** What will happen, in words, and what else is asked. Needs `title`. */
  readonly children?: ReactNode;
  /** Whether a reason is asked for. Needs `title`. */
  readonly reason?: 'none' | 'optional' | 'required';
  /** What becomes of the reason: written into the journal when left out. */
  readonly reasonHelp?: string;
  readonly tone?: 'primary' | 'danger' | 'quiet';
  /** Why it cannot be asked now; shown instead of being carried out. */
  readonly unavailable?: string | undefined;
  /** The word of the button that carries it out: `label` when left out. */
  readonly confirm?: string;
  readonly onDone?: () => void;
};

/** A button that changes something: it asks where that matters, and a refusal stays beside it. */
export function ActionButton(props: ActionButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const act = useAct(props, () => setOpen(false));
  const isAsking = props.title !== undefined;

  return (
    <>
      <ChangeButton
        className={props.tone}
        unavailable={props.unavailable}
        disabled={act.isBusy}
        onClick={() => (isAsking ? setOpen(true) : void act.run(undefined))}
      >
        {props.label}
      </ChangeButton>
      {isAsking && isOpen && <AskDialog {...props} act={act} onClose={() => setOpen(false)} />}
      {!isOpen && act.error !== undefined && <ProblemNote error={act.error} />}
    </>
  );
}

type ChangeButtonProps = ComponentProps<'button'> & { readonly unavailable?: string | undefined };

/**
 * A button of something that changes. Where that is not to be had now, the keyboard comes to it all the same, and it
 * says why: to whoever points at it, has come to it or listens.
 */
export function ChangeButton({ unavailable, children, type = 'button', ...rest }: ChangeButtonProps) {
  const id = useId();
  const { readOnly } = useSession();
  const whyNot = readOnly ? 'Nothing can be changed here: this dashboard is read-only.' : unavailable;
  if (whyNot === undefined) {
    return (
      <button {...rest} type={type}>
        {children}
      </button>
    );
  }

  return (
    <span className="may-not">
      <button {...rest} type="button" onClick={undefined} aria-disabled="true" aria-describedby={id}>
        {children}
      </button>
      <span id={id} className="why-not">
        {whyNot}
      </span>
    </span>
  );
}

type Act = {
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly run: (reason: string | undefined) => Promise<void>;
};

function useAct({ run, onDone }: ActionButtonProps, close: () => void): Act {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const start = async (reason: string | undefined): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await run(reason);
      close();
      onDone?.();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  return { isBusy, error, run: start };
}

function AskDialog(props: ActionButtonProps & { readonly act: Act; readonly onClose: () => void }) {
  const { title = '', label, confirm = label, reason: asked = 'none', act, onClose, tone } = props;
  const [reason, setReason] = useState('');
  const isMissing = asked === 'required' && reason.trim() === '';
  const footer = (
    <>
      <button type="button" onClick={onClose}>
        Go back
      </button>
      <button
        type="button"
        className={tone === 'danger' ? 'danger' : 'primary'}
        disabled={act.isBusy || isMissing}
        onClick={() => void act.run(reason.trim() === '' ? undefined : reason.trim())}
      >
        {act.isBusy ? 'Asking ...' : confirm}
      </button>
    </>
  );

  return (
    <Dialog title={title} isOpen onClose={onClose} footer={footer}>
      {props.children}
      {asked !== 'none' && (
        <ReasonField
          value={reason}
          onChange={setReason}
          isRequired={asked === 'required'}
          help={props.reasonHelp ?? 'It is written into the journal with your name.'}
        />
      )}
      {act.error !== undefined && <ProblemNote error={act.error} />}
    </Dialog>
  );
}

type ReasonProps = {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isRequired: boolean;
  readonly help: string;
};

function ReasonField({ value, onChange, isRequired, help }: ReasonProps) {
  return (
    <label className="field">
      <strong>Reason{isRequired ? '' : ' (optional)'}</strong>
      <textarea
        value={value}
        maxLength={2_000}
        required={isRequired}
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="field-help">{help}</span>
    </label>
  );
}
