import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FailureGroup } from '../../../api/insights.ts';
import type { BodyOf } from '../../../api/operations/answer-of.ts';
import { deleteJson, postJson } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { useSession } from '../../session/session.ts';
import { localField } from './failure-folds.ts';

const dayMs = 86_400_000;
const noteHelp = 'It is shown to all, with your name.';

type TriageProps = { readonly group: FailureGroup };

/** What people said of a group of failures: who looks after it, who knows of it, until when it is muted. */
export function TriageNotes({ group: { acknowledged, assigned, muted } }: TriageProps) {
  return (
    <>
      {assigned !== undefined && (
        <p>
          Assigned to <strong>{assigned.to}</strong> by {assigned.by}, <TimeText iso={assigned.at} />
        </p>
      )}
      {acknowledged !== undefined && (
        <p>
          Acknowledged by {acknowledged.by}, <TimeText iso={acknowledged.at} />
          <Note text={acknowledged.note} />
        </p>
      )}
      {muted !== undefined && (
        <p>
          Muted until <TimeText iso={muted.until} mode="local" />, or until a version later than{' '}
          {muted.version} fails, by {muted.by}, <TimeText iso={muted.at} />
          <Note text={muted.note} />
        </p>
      )}
    </>
  );
}

function Note({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <>: {text}</>;
}

/** Says such things, and takes them back. */
export function TriageActions({ group }: TriageProps) {
  return (
    <>
      {group.acknowledged === undefined ? (
        <Acknowledge group={group} />
      ) : (
        <TakeBack group={group} what="acknowledge" label="Unacknowledge" />
      )}
      <Assign group={group} />
      {group.assigned !== undefined && <TakeBack group={group} what="assign" label="Unassign" />}
      {group.muted === undefined ? (
        <Mute group={group} />
      ) : (
        <TakeBack group={group} what="mute" label="Unmute" />
      )}
    </>
  );
}

type What = 'acknowledge' | 'assign' | 'mute';

/** Asks for a change of what is said of the group, and reads the list anew. */
function useTriage({ key }: FailureGroup) {
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: ['failures'] });

  return {
    say: async (what: What, body: BodyOf<readonly ['failures', string, What]>): Promise<void> => {
      await postJson(['failures', key, what], body);
      await again();
    },
    takeBack: async (what: What): Promise<void> => {
      await deleteJson(['failures', key, what]);
      await again();
    },
  };
}

function TakeBack({ group, what, label }: TriageProps & { readonly what: What; readonly label: string }) {
  const { takeBack } = useTriage(group);

  return <ActionButton label={label} tone="quiet" run={() => takeBack(what)} />;
}

function Acknowledge({ group }: TriageProps) {
  const { say } = useTriage(group);

  return (
    <ActionButton
      label="Acknowledge ..."
      title={`Acknowledge the failures of ${group.definition}`}
      confirm="Acknowledge"
      reason="optional"
      reasonHelp={noteHelp}
      run={(note) => say('acknowledge', note === undefined ? {} : { note })}
    >
      <p>They are hidden until another run fails the same way.</p>
    </ActionButton>
  );
}

function Assign({ group }: TriageProps) {
  const { say } = useTriage(group);
  const { actor } = useSession();
  const [to, setTo] = useState<string>();

  return (
    <ActionButton
      label="Assign ..."
      title={`Assign the failures of ${group.definition}`}
      confirm="Assign"
      run={() => say('assign', { to: (to ?? actor).trim() })}
    >
      <label className="field">
        <strong>Who looks after them</strong>
        <input value={to ?? actor} maxLength={200} required onChange={({ target }) => setTo(target.value)} />
        <span className="field-help">
          A principal or any other name. It stays assigned until you remove it.
        </span>
      </label>
    </ActionButton>
  );
}

function Mute({ group }: TriageProps) {
  const { say } = useTriage(group);
  const [until, setUntil] = useState(() => localField(Date.now() + dayMs));

  return (
    <ActionButton
      label="Mute ..."
      title={`Mute the failures of ${group.definition}`}
      confirm="Mute"
      reason="optional"
      reasonHelp={noteHelp}
      run={(note) => say('mute', { until: utcOf(until), ...(note === undefined ? {} : { note }) })}
    >
      <p>
        They are hidden from the list and from alerts, even if more runs fail, until then or until a later
        version fails.
      </p>
      <label className="field">
        <strong>Until</strong>
        <input
          type="datetime-local"
          value={until}
          required
          onChange={({ target }) => setUntil(target.value)}
        />
      </label>
    </ActionButton>
  );
}

/** What is no time is left to the server to refuse. */
function utcOf(local: string): string {
  const ms = new Date(local).getTime();

  return Number.isNaN(ms) ? local : new Date(ms).toISOString();
}
