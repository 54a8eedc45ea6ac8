export type NavPage = { readonly path: string; readonly label: string; readonly keys?: string };
export type Area = { readonly name: string; readonly path: string; readonly pages: readonly NavPage[] };

/** The two tabs of the dashboard, and the pages below each. */
export const areas: readonly Area[] = [
  {
    name: 'COORDINATION',
    path: '/',
    pages: [
      { path: '/', label: 'Home', keys: 'g h' },
      { path: '/runs', label: 'Runs', keys: 'g r' },
      { path: '/worksets', label: 'Worksets' },
      { path: '/approvals', label: 'Approvals', keys: 'g a' },
      { path: '/agents', label: 'Agents', keys: 'g w' },
      { path: '/triggers', label: 'Triggers', keys: 'g t' },
      { path: '/events', label: 'Events', keys: 'g e' },
      { path: '/map', label: 'Map', keys: 'g m' },
      { path: '/emergency', label: 'Emergency stop' },
    ],
  },
  {
    name: 'MANAGEMENT',
    path: '/definitions',
    pages: [
      { path: '/definitions', label: 'Definitions', keys: 'g d' },
      { path: '/templates', label: 'Templates' },
      { path: '/new', label: 'New', keys: 'g n' },
      { path: '/import', label: 'Import' },
      { path: '/history', label: 'History' },
      { path: '/goals', label: 'Goals' },
      { path: '/insights', label: 'Insights', keys: 'g i' },
      { path: '/failures', label: 'Failures', keys: 'g f' },
    ],
  },
];

const managed = [
  ...['/definitions', '/templates', '/new', '/import', '/history', '/goals', '/insights', '/failures'],
];

/** The tab that a page stands under. */
export function areaOf(path: string): string {
  return managed.some((start) => path === start || path.startsWith(`${start}/`))
    ? 'MANAGEMENT'
    : 'COORDINATION';
}

/** Whether a page is the one of a link, or below it. */
export function isBelow(path: string, link: string): boolean {
  return link === '/' ? path === '/' : path === link || path.startsWith(`${link}/`);
}
