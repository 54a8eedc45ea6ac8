import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AgentRow, TaskOfAgent } from '../../../api/people.ts';
import { postJson, useApi } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';

export type AssignButtonProps = {
  readonly of: TaskOfAgent;
  /** Who has it now. */
  readonly agent: string;
  readonly isBegun: boolean;
};

/** Gives a task to another agent: one that offers its skills, the least busy first. */
export function AssignButton({ of: { run, task, skills }, agent, isBegun }: AssignButtonProps) {
  const queries = useQueryClient();
  const { data } = useApi(['agents']);
  const fitting = able(data?.items ?? [], { agent, skills });
  const [chosen, setChosen] = useState('');
  const to = fitting.find(({ name }) => name === chosen)?.name ?? fitting[0]?.name;
  const assign = async (reason: string | undefined): Promise<void> => {
    if (to === undefined) return;
    const why = reason === undefined ? {} : { reason };
    await postJson(['runs', run, 'commands'], { kind: 'assignTask', task, to, takeAway: isBegun, ...why });
    await queries.invalidateQueries({ queryKey: ['agents'] });
  };

  return (
    <ActionButton
      label="Assign to ..."
      title={`Assign ${task}`}
      confirm={`Assign to ${to ?? '...'}`}
      reason="optional"
      tone={isBegun ? 'danger' : 'quiet'}
      unavailable={to === undefined ? unavailable(skills) : undefined}
      run={assign}
    >
      <label className="field">
        <strong>Agent</strong>
        <select value={to ?? ''} onChange={(event) => setChosen(event.target.value)}>
          {fitting.map((each) => (
            <option key={each.name} value={each.name}>
              {optionText(each)}
            </option>
          ))}
        </select>
        <span className="field-help">{fittingText(skills)}</span>
      </label>
      <p>
        {isBegun
          ? `${agent} has begun it: its worker is told to stop, nothing that it still reports counts, and the task is begun anew. What was done so far is not undone.`
          : `${agent} has not begun it, and is not offered it any more.`}
      </p>
    </ActionButton>
  );
}

function able(
  agents: readonly AgentRow[],
  { agent, skills = [] }: { readonly agent: string } & Pick<TaskOfAgent, 'skills'>,
) {
  return agents
    .filter(
      (each) =>
        each.name !== agent &&
        each.draining === undefined &&
        skills.every((skill) => each.skills.includes(skill)),
    )
    .toSorted((a, b) => Number(a.state === 'gone') - Number(b.state === 'gone') || use(a) - use(b));
}

function use({ running, queued, capacity }: AgentRow): number {
  return (running + queued) / Math.max(1, capacity);
}

function optionText({ name, state, running, capacity, queued }: AgentRow): string {
  return `${name}: ${state}, ${running} of ${capacity} in hand, ${queued} waiting`;
}

function fittingText(skills: TaskOfAgent['skills']): string {
  return skills === undefined
    ? 'The definition names an agent, so any other one may be named instead.'
    : `Those that offer ${skills.join(' and ')}.`;
}

function unavailable(skills: TaskOfAgent['skills']): string {
  return skills === undefined
    ? 'There is no other agent that is not draining.'
    : `No other agent that is not draining offers ${skills.join(' and ')}.`;
}
