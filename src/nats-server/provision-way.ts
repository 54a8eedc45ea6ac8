import type { Environment } from './server-binary.ts';

/** One way to get a server. It works inside `folder`, which is thrown away, and answers with the binary's path. */
export type ProvisionWay = {
  readonly label: string;
  readonly fetch: (options: WayOptions) => Promise<string>;
};

export type WayOptions = {
  readonly folder: string;
  readonly env: Environment;
  readonly onProgress: (message: string) => void;
};
