import type { WorkerLink } from '../ports/work/worker-link.ts';
import type { Login } from '../stores/jetstream/connection/dial.ts';
import { connectWorkerLink } from '../stores/jetstream/queue/worker-link.ts';

export type LinkOptions = {
  readonly url: string;
  /** Who this is on the project's own server. */
  readonly login?: Login | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly onProgress: (message: string) => void;
};

export type SharedLink = { readonly link: WorkerLink & { readonly url: string }; release(): Promise<void> };

type Open = { readonly link: ReturnType<typeof connectWorkerLink>; users: number };

const open = new Map<string, Open>();

/** The connection of this process to that server: workers of several agents share it. The last one closes it. */
export async function shareLink(options: LinkOptions): Promise<SharedLink> {
  const key = `${options.namespace} ${options.url}`;
  const shared = open.get(key) ?? { link: connectWorkerLink(options), users: 0 };
  open.set(key, shared);
  shared.users += 1;
  const forget = (): boolean => {
    shared.users -= 1;
    if (shared.users === 0) open.delete(key);

    return shared.users === 0;
  };
  try {
    const link = await shared.link;

    return { link, release: async () => void (forget() && (await link.close())) };
  } catch (error) {
    forget();
    throw error;
  }
}
