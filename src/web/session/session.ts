import { createContext, useContext } from 'react';
import type { Session } from '../../api/home.ts';

/** Who looks, and at what. Until it is known nothing can be changed. */
export const unknownSession: Session = {
  actor: '',
  readOnly: true,
  needsToken: false,
  isSignedIn: false,
  version: '',
  namespace: '',
  project: '',
  now: '',
};

export const SessionContext = createContext<Session>(unknownSession);

/** Who looks, and at what. */
export function useSession(): Session {
  return useContext(SessionContext);
}
