import { useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { createSession, deleteSession } from '../api/client.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { usePageTitle } from '../session/page-title.ts';
import { useSession } from '../session/session.ts';

/** A token opens the dashboard; the browser keeps it where scripts cannot read it. */
export function SignInPage() {
  const session = useSession();
  usePageTitle('Sign in');

  return (
    <>
      <h1>Sign in</h1>
      {session.isSignedIn ? <SignedIn actor={session.actor} /> : <SignInForm />}
    </>
  );
}

function SignInForm() {
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const [error, setError] = useState<unknown>();
  const [params] = useSearchParams();
  const [, navigate] = useLocation();

  const signIn = async (): Promise<void> => {
    try {
      await createSession(token);
      await client.invalidateQueries();
      navigate(localPath(params.get('next')), { replace: true });
    } catch (thrown) {
      setError(thrown);
    }
  };

  return (
    <form
      className="form"
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        void signIn();
      }}
    >
      <div className="field">
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          required
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <span className="field-help">
          Where you run the engine yourself, <code>workflow token --link</code> prints a link that signs you
          in. For others: <code>workflow tokens add</code>
        </span>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      <div>
        <button type="submit" className="primary">
          Sign in
        </button>
      </div>
    </form>
  );
}

function SignedIn({ actor }: { readonly actor: string }) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const signOut = async (): Promise<void> => {
    try {
      await deleteSession();
      await client.resetQueries();
    } catch (thrown) {
      setError(thrown);
    }
  };

  return (
    <>
      <p>
        You are signed in as <strong>{actor}</strong>.
      </p>
      <div>
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
    </>
  );
}

/** Back to a page of this dashboard only: an address that was sent along may lead anywhere. */
function localPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}
