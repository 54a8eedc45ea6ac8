// The part of oidc-provider that tests use: the package comes without types.
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  type Revocable = { revokeByGrantId(id: string): Promise<void> };

  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    on(
      event: 'grant.success',
      listener: (ctx: {
        readonly oidc: { readonly entities: { readonly Grant?: { readonly jti: string } } };
      }) => void,
    ): this;
    readonly RefreshToken: Revocable;
    readonly AccessToken: Revocable;
    readonly Grant: { find(id: string): Promise<{ destroy(): Promise<void> } | undefined> };
  }
}
