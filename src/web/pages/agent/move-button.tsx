import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AgentRow } from '../../../api/people.ts';
import { postJson, useApi } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';

/** What is chosen for going back to what agents.yaml says; no team can be called so. */
const BACK = '';

/** Moves an agent to another team of enterprise.yaml, or back. */
export function MoveButton({ agent: { name, moved, department } }: { readonly agent: AgentRow }) {
  const queries = useQueryClient();
  const { data } = useApi(['goals']);
  const teams = (data?.items ?? []).filter((node) => node.kind === 'team' && node.name !== moved?.team);
  const places = [
    ...(moved === undefined ? [] : [{ value: BACK, text: 'where agents.yaml says' }]),
    ...teams.map((team) => ({ value: team.name, text: team.title })),
  ];
  const [chosen, setChosen] = useState<string>();
  const to = places.find(({ value }) => value === chosen) ?? places[0];
  const move = async (reason: string | undefined): Promise<void> => {
    if (to === undefined) return;
    const team = to.value === BACK ? {} : { team: to.value };
    await postJson(['agents', name, 'move'], { ...team, ...(reason === undefined ? {} : { reason }) });
    await queries.invalidateQueries({ queryKey: ['agents'] });
    await queries.invalidateQueries({ queryKey: ['goals'] });
  };

  return (
    <ActionButton
      label="Move to team ..."
      title={`Move ${name}`}
      confirm={`Move to ${to?.text ?? '...'}`}
      reason="optional"
      reasonHelp="It is shown with the agent, with your name."
      unavailable={to === undefined ? 'enterprise.yaml has no other team.' : undefined}
      run={move}
    >
      <label className="field">
        <strong>Team</strong>
        <select value={to?.value ?? BACK} onChange={(event) => setChosen(event.target.value)}>
          {places.map(({ value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <span className="field-help">
          {moved !== undefined
            ? `It is of ${moved.team} now, since ${moved.by} moved it.`
            : department === undefined
              ? 'It is of no department now.'
              : `It is of the department ${department} now.`}
        </span>
      </label>
      <p>It stays there until somebody moves it again. Work already in progress continues.</p>
    </ActionButton>
  );
}
