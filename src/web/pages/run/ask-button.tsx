import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { Recorded } from '../../../api/commands.ts';
import type { RunAction, RunPage } from '../../../api/run.ts';
import { postJson } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { actionWords } from './action-words.ts';
import { AskFields } from './ask-fields.tsx';
import { type Asked, askedBody } from './asked-body.ts';
import type { OnOpen } from './use-held.ts';

export type AskButtonProps = {
  readonly action: RunAction;
  readonly page: RunPage;
  readonly isPrimary?: boolean;
  /** Says of which task, where that is not plain from where it stands. */
  readonly isNamed?: boolean;
  readonly onDone?: () => void;
  readonly onOpen?: OnOpen;
};

/** Asks for an action: says what will happen and what runs again, asks why, and keeps a refusal beside itself. */
export function AskButton({
  action,
  page,
  isPrimary = false,
  isNamed = false,
  onDone,
  onOpen,
}: AskButtonProps) {
  const words = actionWords(action.kind);
  const [asked, setAsked] = useState<Asked>({});
  const ask = useAsking({ action, page, asked });
  const of = action.task ?? action.signal;
  const name = isNamed && of !== undefined && action.kind !== 'rerun' ? `${words.verb} ${of}` : words.verb;

  return (
    <span className="ask" data-tone={words.tone}>
      <ActionButton
        label={`${name} …`}
        confirm={words.verb}
        title={`${words.verb} ${action.kind === 'rerun' ? page.shortId : (of ?? page.shortId)}`}
        tone={words.tone === 'kill' || words.tone === 'end' ? 'danger' : isPrimary ? 'primary' : 'quiet'}
        reason={reasonOf(action.kind)}
        run={ask}
        {...(onDone === undefined ? {} : { onDone })}
      >
        <OpenSign action={action} onOpen={onOpen} />
        <p>{words.effect}</p>
        <AskFields action={action} page={page} asked={asked} onChange={setAsked} />
        <p className="soft">
          Who may: {action.who}. As a command: <code>{action.command}</code>
        </p>
      </ActionButton>
    </span>
  );
}

/** In the page only while the dialog is. */
function OpenSign({
  action,
  onOpen,
}: Pick<AskButtonProps, 'action'> & { readonly onOpen: OnOpen | undefined }) {
  const told = useRef({ action, onOpen });
  useEffect(() => {
    const { action: opened, onOpen: tell } = told.current;
    tell?.(opened, true);

    return () => tell?.(opened, false);
  }, []);

  return null;
}

function reasonOf(kind: RunAction['kind']): 'none' | 'optional' | 'required' {
  if (kind === 'resumeRun' || kind === 'signal') return 'none';

  return kind === 'reject' ? 'required' : 'optional';
}

function useAsking({
  action,
  page,
  asked,
}: Pick<AskButtonProps, 'action' | 'page'> & { readonly asked: Asked }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();

  return async (reason: string | undefined): Promise<void> => {
    if (action.kind === 'fork') {
      const body = { at: page.sequence, ...(asked.data === undefined ? {} : { input: asked.data }) };
      const made = await postJson<Recorded>(['runs', page.run, 'fork'], {
        ...body,
        ...(reason === undefined ? {} : { reason }),
      });
      navigate(`/runs/${encodeURIComponent(made.run)}`);

      return;
    }
    await postJson<Recorded>(['runs', page.run, 'commands'], askedBody(action, { ...asked, reason }));
    await queries.invalidateQueries({ queryKey: ['runs', page.run] });
  };
}
