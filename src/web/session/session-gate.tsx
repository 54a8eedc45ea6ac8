import { type ReactNode, useEffect } from 'react';
import { useLocation } from 'wouter';
import { useSignedIn } from '../api/client.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { setClock } from '../time/now.ts';
import { SessionContext, unknownSession } from './session.ts';

/** The interval of checking the sign-in and setting the clock. */
const AGAIN_MS = 30_000;

/** Whoever needs a token and has none is led to the sign-in page, and back afterwards. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const session = useSignedIn({ everyMs: AGAIN_MS });
  const [location, navigate] = useLocation();
  const told = session.data;
  const isLocked = told?.needsToken === true && !told.isSignedIn;

  useEffect(() => {
    if (told !== undefined) setClock(told.now);
  }, [told]);
  useEffect(() => {
    if (!isLocked || location === '/sign-in') return;
    const back = `${location}${window.location.search}`;
    navigate(`/sign-in?next=${encodeURIComponent(back)}`, { replace: true });
  }, [isLocked, location, navigate]);

  if (told === undefined && session.error !== null) {
    return (
      <main className="page">
        <h1>3OX Workflow</h1>
        <ProblemNote error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }

  return <SessionContext value={told ?? unknownSession}>{children}</SessionContext>;
}
