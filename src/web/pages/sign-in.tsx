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
      {session.isSignedIn ? (
        <SignedIn actor={session.actor} />
      ) : (
        <>
          {session.provider !== undefined && <ProviderSignIn name={session.provider} />}
          <SignInForm />
        </>
      )}
    </>
  );
}

/** What the provider or this server said, by its code: a text that was sent along could say anything. */
const problems: Readonly<Record<string, string>> = {
  'oidc.unreachable': 'The provider cannot be reached. Try again, or sign in with a token.',
  'oidc.no-group': 'You are in none of the groups that may sign in here.',
  'oidc.no-user': 'The provider does not say who you are in the way that serve.yaml asks for.',
  'oidc.state': 'This browser did not begin to sign in here, or that is too long ago. Try again.',
  'oidc.origin': 'serve.yaml does not say where browsers reach this server.',
  'oidc.settings': 'The secret of the client is not set where the engine runs.',
  'oidc.cannot-check': 'The provider offers no way to ask whether somebody is still let in.',
};
const refused = 'The provider did not sign you in. Whoever runs the engine sees why in its output.';

/** Leads to the provider, and from there back to the page that was asked for. */
function ProviderSignIn({ name }: { readonly name: string }) {
  const [params] = useSearchParams();
  const problem = params.get('problem');
  const to = encodeURIComponent(localPath(params.get('next')));

  return (
    <div className="form">
      {problem !== null && <p role="alert">{problems[problem] ?? refused}</p>}
      <div>
        <a className="button primary" href={`/oidc/sign-in?to=${to}`}>
          Sign in with {name}
        </a>
      </div>
    </div>
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
      const { endUrl } = await deleteSession();
      if (endUrl !== undefined) window.location.assign(endUrl);
      else await client.resetQueries();
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
