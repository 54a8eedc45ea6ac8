import { Link } from 'wouter';
import type { Home } from '../../../api/home.ts';
import { useApi } from '../../api/use-api.ts';
import { Panel } from '../../parts/panel.tsx';
import { Unloaded } from '../../parts/unloaded.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import { Failing } from './failing.tsx';
import './home.css';
import { NeedsYou } from './needs-you.tsx';
import { Queues } from './queues.tsx';
import { Running } from './running.tsx';

/** What anybody needs to know first, in the order of urgency. */
export function HomePage() {
  const home = useApi<Home>(['home']);
  usePageTitle('Home', home.data === undefined ? undefined : worst(home.data));

  return (
    <>
      <div className="page-head">
        <h1>Now</h1>
        <span className="end">
          <Link href="/definitions" className="button primary">
            Start a run
          </Link>
        </span>
      </div>
      {home.data === undefined ? (
        <Unloaded error={home.error} onRetry={() => void home.refetch()} />
      ) : (
        <Bands home={home.data} />
      )}
    </>
  );
}

function Bands({ home }: { readonly home: Home }) {
  const { needsYou, failing, running, queues, nextFires, eventRate } = home;

  return (
    <>
      <Panel title="Needs you">
        <NeedsYou needs={needsYou} />
      </Panel>
      <Panel title="Failing" isFlush={failing.length > 0}>
        <Failing groups={failing} />
      </Panel>
      <Panel
        title="Running"
        note={running.count}
        actions={<Link href="/runs?status=RUNNING,NEEDS_APPROVAL,PAUSED">All of them</Link>}
        isFlush={running.count > 0}
      >
        <Running running={running} />
      </Panel>
      <Queues queues={queues} nextFires={nextFires} eventRate={eventRate} />
    </>
  );
}

function worst({ needsYou, failing, running }: Home): string | undefined {
  if (needsYou.approvals > 0) return 'NEEDS_APPROVAL';
  if (failing.length > 0) return 'FAILED';

  return running.count > 0 ? 'RUNNING' : undefined;
}
