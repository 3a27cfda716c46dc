/** What Next hands to a page: the parts of its address. */
export interface PageProps<Params = object> {
  readonly params: Promise<Params>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}
