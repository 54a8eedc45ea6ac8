/** What a page is given: the parts of its address, decoded. */
export type PageProps = { readonly params: Readonly<Record<string, string | undefined>> };
