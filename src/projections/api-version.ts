/** The version of what programs read, in every document. */
export const apiVersion = '3ox/v1';
