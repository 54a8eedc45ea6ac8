import type { Served } from '../../machines/serve-file/served.ts';

/** Where hooks and alert rules are declared: in this file at the root of the project. */
export const serveFileName = 'serve.yaml';

/** Where goals, departments, teams and KPIs are declared: beside it. */
export const enterpriseFileName = 'enterprise.yaml';

/** Where this station and its peers are declared: in this file at the root of the project. */
export const stationsFileName = 'stations.yaml';

/** serve.yaml as it was when it was last without problems; a project without one declares nothing. */
export interface ServeFile {
  current(): Served;
  close(): void;
}
