import type { PassableLink } from './worker-link.ts';

/** How work reaches workers that speak HTTP: this process asks for it in their stead. */
export interface HttpWork {
  /** Connects when it is first asked for. Rejects when the server cannot be reached. */
  link(): Promise<PassableLink>;
  /** What claims are sealed with: the same for all engines of the namespace. */
  secret(): Promise<string>;
}
