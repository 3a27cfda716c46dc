/** Where the API listens. The only setting of the storefront besides its own port. */
export const apiUrl = (): string => process.env["API_URL"] ?? "http://127.0.0.1:4000";
