import { useQueryClient } from '@tanstack/react-query';
import type { AgentRow } from '../../../api/people.ts';
import { postJson } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';

/** Has an agent given nothing new, or gives it work again. */
export function DrainButton({ agent: { name, draining, running } }: { readonly agent: AgentRow }) {
  const queries = useQueryClient();
  const ask = async (what: 'drain' | 'resume', reason?: string): Promise<void> => {
    await postJson(['agents', name, what], reason === undefined ? {} : { reason });
    await queries.invalidateQueries({ queryKey: ['agents'] });
  };
  if (draining !== undefined) return <ActionButton label="Resume" run={() => ask('resume')} />;

  return (
    <ActionButton
      label="Drain ..."
      title={`Drain ${name}`}
      confirm="Drain"
      reason="optional"
      run={(reason) => ask('drain', reason)}
    >
      <p>
        {name} is given no new work.{' '}
        {running === 0 ? 'It has nothing in hand.' : `What it has in hand (${running}) goes on.`} What waits
        for it keeps waiting until it is resumed.
      </p>
    </ActionButton>
  );
}
