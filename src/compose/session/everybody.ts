import type { Authority } from '../../ports/access/authority.ts';

/** Who may do what where nobody looks after that: everybody everything. */
export const everybody: Authority = { refusal: () => undefined };
